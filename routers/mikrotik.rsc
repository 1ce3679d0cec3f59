# dyn53 snippet: MikroTik RouterOS 6.45 to 7
# Save as mikrotik.rsc, drag it into Files, type in a terminal: /import file-name=mikrotik.rsc
# It keeps {{HOST}} up to date. As it holds the secret, it removes itself.
{
:local ddCode "# dyn53: keeps the DNS records of this secret up to date\n\
:local ddUrl \"{{URL}}\"\n\
:local ddSecret \"{{SECRET}}\"\n\
# interface to the Internet; \"\" = the default route's\n\
:local ddWan \"\"\n\
# interface of the IPv6 address to send; \"\" = the same\n\
:local ddLan \"\"\n\
:local ddAge 1d\n\
:global dd53Sent\n\
:global dd53At\n\
:global dd53Wait\n\
:if ([:typeof \$dd53Wait] != \"time\") do={\n\
:set dd53Sent \"\"\n\
:set dd53At 0s\n\
:set dd53Wait 0s\n\
}\n\
:local ddNow [/system resource get uptime]\n\
:local ddUp (\$ddWan != \"\")\n\
:local ddIp \"\"\n\
:local ddIp6 \"\"\n\
:local ddSay \"\"\n\
:if ([:len [/system script job find where script=\"dyn53\"]] < 2) do={\n\
:if (!\$ddUp) do={\n\
:do {\n\
:local ddRun [:parse \":local ddV \\\"\\\"; :foreach ddR in=[/ip route find where dst-address=0.0.0.0/0 \\\n\
active routing-table=main] do={:set ddV [:tostr [/ip route get \\\$ddR immediate-gw]]}; :return \\\$ddV\"]\n\
:set ddWan [\$ddRun]\n\
:local ddAt [:find \$ddWan \"%\"]\n\
:if ([:typeof \$ddAt] = \"num\") do={:set ddWan [:pick \$ddWan (\$ddAt + 1) 99]}\n\
} on-error={:set ddWan \"\"}\n\
:foreach ddR in=[/ip route find where dst-address=0.0.0.0/0 active] do={\n\
:set ddUp true\n\
:if (\$ddWan = \"\") do={\n\
:local ddGw [:tostr [/ip route get \$ddR gateway]]\n\
:if ([:len [/interface find where name=\$ddGw]] > 0) do={:set ddWan \$ddGw}\n\
:foreach ddC in=[/ip dhcp-client find where status=bound] do={\n\
:if ([:tostr [/ip dhcp-client get \$ddC gateway]] = \$ddGw) do={\n\
:set ddWan [/ip dhcp-client get \$ddC interface]\n\
}\n\
}\n\
}\n\
}\n\
}\n\
:if (\$ddUp) do={\n\
:foreach ddA in=[/ip address find where disabled=no invalid=no] do={\n\
:local ddC [/ip address get \$ddA address]\n\
:if ((\$ddWan = \"\") || ([/ip address get \$ddA interface] = \$ddWan)) do={\n\
:if (\$ddC ~ \"^(10|169[.]254|192[.]168|172[.](1[6-9]|2.|3[01])|100[.](6[4-9]|[7-9].|1[01].|12[0-7]))[.]\") do={\n\
:if (\$ddIp = \"\") do={:set ddIp \"auto\"}\n\
} else={\n\
:if ((\$ddIp = \"\") || (\$ddIp = \"auto\")) do={:set ddIp [:pick \$ddC 0 [:find \$ddC \"/\"]]}\n\
}\n\
}\n\
}\n\
:if (\$ddIp = \"auto\") do={:set ddAge 5m}\n\
}\n\
:if (\$ddLan = \"\") do={:set ddLan \$ddWan}\n\
:foreach ddF in={\" deprecated=no\";\"\"} do={\n\
:do {\n\
:local ddRun [:parse \":local ddV \\\"\\\"; :foreach ddA in=[/ipv6 address find where disabled=no invalid=no\$ddF] do={\\\n\
:local ddC [/ipv6 address get \\\$ddA address]; \\\n\
:if ((\\\$ddV = \\\"\\\") && (\\\$ddC ~ \\\"^[23][0-9a-f][0-9a-f][0-9a-f]:\\\") && \\\n\
((\\\$ddI = \\\"\\\") || ([/ipv6 address get \\\$ddA interface] = \\\$ddI))) do={\\\n\
:set ddV [:pick \\\$ddC 0 [:find \\\$ddC \\\"/\\\"]]}}; :return \\\$ddV\"]\n\
:if (\$ddIp6 = \"\") do={:set ddIp6 [\$ddRun ddI=\$ddLan]}\n\
} on-error={}\n\
}\n\
:local ddAsk \"newip=\$ddIp&newip6=\$ddIp6\"\n\
:if ((\$ddIp . \$ddIp6) = \"\") do={:set ddSay \"finds no address\"}\n\
:if ([/system clock get date] ~ \"1970\") do={:set ddSay \"waits for the clock\"}\n\
:if ((\$ddSay != \"\") && (\$ddSay != \$dd53Sent)) do={\n\
:log warning \"dyn53: \$ddSay\"\n\
:set dd53Sent \$ddSay\n\
}\n\
:if (\$dd53Wait > 0s) do={:set ddAge \$dd53Wait}\n\
:if ((\$ddSay = \"\") && ((\$ddAsk != \$dd53Sent) || ((\$ddNow - \$dd53At) >= \$ddAge))) do={\n\
:local ddU \"\$ddUrl/\\3F\$ddAsk\"\n\
:local ddH \"Authorization: Bearer \$ddSecret\"\n\
:local ddF \"([/tool fetch url=\\\$ddU http-header-field=\\\$ddH \\\n\
check-certificate=yes-without-crl output=user as-value]->\\\"data\\\")\"\n\
:local ddV \"fetch failed\"\n\
:do {\n\
:local ddRun [:parse \":local ddV \\\"\\\"; :onerror ddE in={:set ddV \$ddF} do={:set ddV \\\"! \\\$ddE\\\"}; :return \\\$ddV\"]\n\
:set ddV [\$ddRun ddU=\$ddU ddH=\$ddH]\n\
} on-error={\n\
:do {\n\
:local ddRun [:parse \":return \$ddF\"]\n\
:set ddV [\$ddRun ddU=\$ddU ddH=\$ddH]\n\
} on-error={}\n\
}\n\
:if (\$ddV ~ \"^OK\") do={\n\
:if ((\$ddAsk != \$dd53Sent) || (\$dd53Wait > 0s)) do={:log info \"dyn53: sent \$ddAsk\"}\n\
:set dd53Wait 0s\n\
} else={\n\
:set dd53Wait (\$dd53Wait + \$dd53Wait)\n\
:if (\$dd53Wait = 0s) do={:set dd53Wait 1m}\n\
:if (\$ddV ~ \"^!.* 40[13]\") do={\n\
:set ddV \"wrong secret\"\n\
:set dd53Wait 1h\n\
}\n\
:if (\$ddV ~ \"trusted CA\") do={:set ddV \"no root certificate, import mikrotik.rsc again\"}\n\
:if (\$dd53Wait > 1h) do={:set dd53Wait 1h}\n\
:log warning \"dyn53: not sent, \$[:pick \$ddV 0 60], waits \$dd53Wait\"\n\
}\n\
:set dd53Sent \$ddAsk\n\
:set dd53At \$ddNow\n\
}\n\
}\n\
"
:local ddAmazon "-----BEGIN CERTIFICATE-----\n\
MIIDQTCCAimgAwIBAgITBmyfz5m/jAo54vB4ikPmljZbyjANBgkqhkiG9w0BAQsF\n\
ADA5MQswCQYDVQQGEwJVUzEPMA0GA1UEChMGQW1hem9uMRkwFwYDVQQDExBBbWF6\n\
b24gUm9vdCBDQSAxMB4XDTE1MDUyNjAwMDAwMFoXDTM4MDExNzAwMDAwMFowOTEL\n\
MAkGA1UEBhMCVVMxDzANBgNVBAoTBkFtYXpvbjEZMBcGA1UEAxMQQW1hem9uIFJv\n\
b3QgQ0EgMTCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBALJ4gHHKeNXj\n\
ca9HgFB0fW7Y14h29Jlo91ghYPl0hAEvrAIthtOgQ3pOsqTQNroBvo3bSMgHFzZM\n\
9O6II8c+6zf1tRn4SWiw3te5djgdYZ6k/oI2peVKVuRF4fn9tBb6dNqcmzU5L/qw\n\
IFAGbHrQgLKm+a/sRxmPUDgH3KKHOVj4utWp+UhnMJbulHheb4mjUcAwhmahRWa6\n\
VOujw5H5SNz/0egwLX0tdHA114gk957EWW67c4cX8jJGKLhD+rcdqsq08p8kDi1L\n\
93FcXmn/6pUCyziKrlA4b9v7LWIbxcceVOF34GfID5yHI9Y/QCB/IIDEgEw+OyQm\n\
jgSubJrIqg0CAwEAAaNCMEAwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMC\n\
AYYwHQYDVR0OBBYEFIQYzIU07LwMlJQuCFmcx7IQTgoIMA0GCSqGSIb3DQEBCwUA\n\
A4IBAQCY8jdaQZChGsV2USggNiMOruYou6r4lK5IpDB/G/wkjUu0yKGX9rbxenDI\n\
U5PMCCjjmCXPI6T53iHTfIUJrU6adTrCC2qJeHZERxhlbI1Bjjt/msv0tadQ1wUs\n\
N+gDS63pYaACbvXy8MWy7Vu33PqUXHeeE6V/Uq2V8viTO96LXFvKWlJbYK8U90vv\n\
o/ufQJVtMVT8QtPHRh8jrdkPSHCa2XV4cdFyQzR1bldZwgJcJmApzyMZFo6IQ6XU\n\
5MsI+yMRQ+hDKXJioaldXgjUkK642M4UwtBV8ob2xJNDd2ZhwLnoQdeXeGADbkpy\n\
rqXRfboQnoZsG4q5WTP468SQvvG5\n\
-----END CERTIFICATE-----\n\
"
:local ddIsrg "-----BEGIN CERTIFICATE-----\n\
MIIFazCCA1OgAwIBAgIRAIIQz7DSQONZRGPgu2OCiwAwDQYJKoZIhvcNAQELBQAw\n\
TzELMAkGA1UEBhMCVVMxKTAnBgNVBAoTIEludGVybmV0IFNlY3VyaXR5IFJlc2Vh\n\
cmNoIEdyb3VwMRUwEwYDVQQDEwxJU1JHIFJvb3QgWDEwHhcNMTUwNjA0MTEwNDM4\n\
WhcNMzUwNjA0MTEwNDM4WjBPMQswCQYDVQQGEwJVUzEpMCcGA1UEChMgSW50ZXJu\n\
ZXQgU2VjdXJpdHkgUmVzZWFyY2ggR3JvdXAxFTATBgNVBAMTDElTUkcgUm9vdCBY\n\
MTCCAiIwDQYJKoZIhvcNAQEBBQADggIPADCCAgoCggIBAK3oJHP0FDfzm54rVygc\n\
h77ct984kIxuPOZXoHj3dcKi/vVqbvYATyjb3miGbESTtrFj/RQSa78f0uoxmyF+\n\
0TM8ukj13Xnfs7j/EvEhmkvBioZxaUpmZmyPfjxwv60pIgbz5MDmgK7iS4+3mX6U\n\
A5/TR5d8mUgjU+g4rk8Kb4Mu0UlXjIB0ttov0DiNewNwIRt18jA8+o+u3dpjq+sW\n\
T8KOEUt+zwvo/7V3LvSye0rgTBIlDHCNAymg4VMk7BPZ7hm/ELNKjD+Jo2FR3qyH\n\
B5T0Y3HsLuJvW5iB4YlcNHlsdu87kGJ55tukmi8mxdAQ4Q7e2RCOFvu396j3x+UC\n\
B5iPNgiV5+I3lg02dZ77DnKxHZu8A/lJBdiB3QW0KtZB6awBdpUKD9jf1b0SHzUv\n\
KBds0pjBqAlkd25HN7rOrFleaJ1/ctaJxQZBKT5ZPt0m9STJEadao0xAH0ahmbWn\n\
OlFuhjuefXKnEgV4We0+UXgVCwOPjdAvBbI+e0ocS3MFEvzG6uBQE3xDk3SzynTn\n\
jh8BCNAw1FtxNrQHusEwMFxIt4I7mKZ9YIqioymCzLq9gwQbooMDQaHWBfEbwrbw\n\
qHyGO0aoSCqI3Haadr8faqU9GY/rOPNk3sgrDQoo//fb4hVC1CLQJ13hef4Y53CI\n\
rU7m2Ys6xt0nUW7/vGT1M0NPAgMBAAGjQjBAMA4GA1UdDwEB/wQEAwIBBjAPBgNV\n\
HRMBAf8EBTADAQH/MB0GA1UdDgQWBBR5tFnme7bl5AFzgAiIyBpY9umbbjANBgkq\n\
hkiG9w0BAQsFAAOCAgEAVR9YqbyyqFDQDLHYGmkgJykIrGF1XIpu+ILlaS/V9lZL\n\
ubhzEFnTIZd+50xx+7LSYK05qAvqFyFWhfFQDlnrzuBZ6brJFe+GnY+EgPbk6ZGQ\n\
3BebYhtF8GaV0nxvwuo77x/Py9auJ/GpsMiu/X1+mvoiBOv/2X/qkSsisRcOj/KK\n\
NFtY2PwByVS5uCbMiogziUwthDyC3+6WVwW6LLv3xLfHTjuCvjHIInNzktHCgKQ5\n\
ORAzI4JMPJ+GslWYHb4phowim57iaztXOoJwTdwJx4nLCgdNbOhdjsnvzqvHu7Ur\n\
TkXWStAmzOVyyghqpZXjFaH3pO3JLF+l+/+sKAIuvtd7u+Nxe5AW0wdeRlN8NwdC\n\
jNPElpzVmbUq4JUagEiuTDkHzsxHpFKVK7q4+63SM1N95R1NbdWhscdCb+ZAJzVc\n\
oyi3B43njTOQ5yOf+1CceWxG1bQVs5ZufpsMljq4Ui0/1lvh+wjChP4kqKOJ2qxq\n\
4RgqsahDYVvTH9w7jXbyLeiNdd8XM2w9U/t7y0Ff/9yi0GE44Za4rF2LN9d11TPA\n\
mRGunUHBcnWEvgJBQl9nJEiU0Zsnvgc/ubhPgXRR4Xq37Z0j4r7g1SgEEzwxA57d\n\
emyPxgcYxn/eR44/KJ4EBs+lVDR3veyJm+kXQ99b21/+jh5Xos1AnX5iItreGCc=\n\
-----END CERTIFICATE-----\n\
"
:local ddPrints {"8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e"}
# A server of your own: its certificate is from Let's Encrypt, or from Amazon if it is behind CloudFront.
:if (!("{{URL}}" ~ "[.]on[.]aws(:|\$)")) do={:set ddPrints {"8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e";"96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6"}}
:if (!("{{SECRET}}" ~ "^[A-Za-z0-9._~-]+\$")) do={:error "dyn53: a secret has only A-Z a-z 0-9 . _ ~ - in it"}
:if ([:len $ddCode] > 4095) do={:error "dyn53: URL or secret is too long"}
:do {:local ddTry [:parse $ddCode]} on-error={:error "dyn53: this RouterOS does not understand the script"}
:foreach ddPrint in=$ddPrints do={
:local ddRoot $ddAmazon
:local ddName "dyn53-root"
:if ($ddPrint = "96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6") do={:set ddRoot $ddIsrg; :set ddName "dyn53-root-isrg"}
:if ([:len [/certificate find where fingerprint=$ddPrint]] = 0) do={
/file print file=dyn53-root
:delay 2s
/file set [find where name="dyn53-root.txt"] contents=$ddRoot
:delay 1s
/certificate import file-name=dyn53-root.txt passphrase=""
:delay 1s
/file remove [find where name="dyn53-root.txt"]
/certificate set [find where fingerprint=$ddPrint] name=$ddName
}
:if ([:len [/certificate find where fingerprint=$ddPrint]] != 1) do={:error "dyn53: the root certificate is not there, set the clock and import again"}
/certificate set [find where fingerprint=$ddPrint] trusted=yes
}
/system scheduler remove [find where name="dyn53"]
/system script remove [find where name="dyn53"]
/system script environment remove [find where name~"^dd53"]
/system script add name=dyn53 comment="{{HOST}}" policy=ftp,read,write,policy,test source=$ddCode
/system scheduler add name=dyn53 comment="{{HOST}}" interval=1m start-time=startup policy=ftp,read,write,policy,test on-event="/system script run dyn53"
/file remove [find where name~"(^|/)mikrotik[.]rsc\$"]
:put "dyn53: installed, in a minute the log tells what was sent"
}
