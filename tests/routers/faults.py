"""Faults to put into the RouterOS script, one at a time, and the scenario that must fail then."""

import dataclasses

import scenarios as s


@dataclasses.dataclass
class Fault:
    name: str
    old: str
    new: str
    scenario: object
    options: dict = dataclasses.field(default_factory=dict)

    def put_into(self, script, frame):
        assert (self.old in script) != (self.old in frame), f"{self.name}: not there once"
        return script.replace(self.old, self.new), frame.replace(self.old, self.new)


ON_6 = {"version": s.V6}

FAULTS = [
    Fault(
        "unchecked certificate", "check-certificate=yes-without-crl ", "", s.stranger_in_the_middle
    ),
    Fault("certificate not checked on purpose", "yes-without-crl", "no", s.stranger_in_the_middle),
    Fault("certificate lists wanted", "yes-without-crl", "yes", s.first_run),
    Fault("lost header", "http-header-field=\\$ddH \\\n", "\\\n", s.first_run),
    Fault("other scheme in the header", "Bearer $ddSecret", "Token $ddSecret", s.first_run),
    Fault("secret in the URL", "/\\3F$ddAsk", "/\\3F$ddAsk&secret=$ddSecret", s.first_run),
    Fault("secret in the log", '"dyn53: sent $ddAsk"', '"dyn53: sent $ddAsk $ddH"', s.first_run),
    Fault("answer to a file", "output=user ", "", s.first_run),
    Fault("answer not asked for", " as-value]", "]", s.first_run),
    Fault("bare question mark", "/\\3F", "/?", s.first_run, ON_6),
    Fault("missing quote", ':local ddIp6 ""', ':local ddIp6 "', s.first_run),
    Fault(
        "missing brace", ":if ($ddUp) do={\n    :foreach", ":if ($ddUp)\n    :foreach", s.first_run
    ),
    Fault(
        "7.13 word in the open",
        ':local ddV "fetch failed"',
        ':onerror ddE in={} do={}\n:local ddV ""',
        s.first_run,
        ON_6,
    ),
    Fault("slash path", "/ip address find", "/ip/address/find", s.first_run, ON_6),
    Fault(
        "ipv6 in the open",
        ":local ddAsk ",
        "/ipv6 address find\n  :local ddAsk ",
        s.no_ipv6_package,
    ),
    Fault("wrong name of a property", "$ddR gateway", "$ddR gateways", s.first_run, ON_6),
    Fault(
        "wrong name in a search",
        "where status=bound",
        "where state=bound",
        s.dhcp_beside_a_public_lan,
        ON_6,
    ),
    Fault("wrong name in a string", "immediate-gw", "immediate-gateway", s.vpn_in_another_table),
    Fault("any routing table", " routing-table=main", "", s.vpn_in_another_table),
    Fault(
        "inactive routes too",
        "0.0.0.0/0 active] do={\n      :set ddUp",
        "0.0.0.0/0] do={\n      :set ddUp",
        s.dhcp_beside_a_public_lan,
        ON_6,
    ),
    Fault(
        "disabled addresses too",
        "/ip address find where disabled=no invalid=no",
        "/ip address find",
        s.pppoe,
    ),
    Fault(
        "address of any interface",
        '($ddWan = "") || ([/ip address',
        "(true) || ([/ip address",
        s.pppoe,
    ),
    Fault("interface part kept", "($ddAt + 1)", "$ddAt", s.vpn_in_another_table),
    Fault("prefix length kept", '[:pick $ddC 0 [:find $ddC "/"]]', "$ddC", s.first_run),
    Fault(
        "compared as an address",
        "[:tostr [/ip dhcp-client",
        "[:toip [/ip dhcp-client",
        s.dhcp_beside_a_public_lan,
        ON_6,
    ),
    Fault("private taken for public", "|192[.]168|", "|", s.behind_nat, {"address": "192.168.1.2"}),
    Fault(
        "carrier NAT taken for public",
        "12[0-7]",
        "12[0-6]",
        s.behind_nat,
        {"address": "100.127.1.1"},
    ),
    Fault("public taken for private", "1[6-9]|2.|3[01]", ".*", s.near_a_private_range),
    Fault("behind NAT asked once a day", "{:set ddAge 5m}", "{}", s.behind_nat),
    Fault("ULA published", "^[23]", "^[23f]", s.ipv6_on_and_off),
    Fault("deprecated IPv6 taken", '{" deprecated=no";""}', '{""}', s.ipv6_on_and_off),
    Fault(
        "version 6 left without IPv6",
        '{" deprecated=no";""}',
        '{" deprecated=no"}',
        s.ipv6_on_and_off,
        ON_6,
    ),
    Fault("IPv6 of any interface", '((\\$ddI = \\"\\") || ', "((true) || ", s.ipv6_on_and_off),
    Fault("last IPv6 instead of the first", '(\\$ddV = \\"\\") && ', "", s.ipv6_on_and_off),
    Fault("argument lost", "[$ddRun ddI=$ddLan]", "[$ddRun]", s.ipv6_on_and_off),
    Fault(
        "address sent each time",
        "($ddAsk != $dd53Sent) || (($ddNow",
        "(true) || (($ddNow",
        s.unchanged_sends_nothing,
    ),
    Fault("state forgotten", ":set dd53Sent $ddAsk", ":local ddNone", s.unchanged_sends_nothing),
    Fault("state not global", ":global dd53Sent", ":local dd53Sent", s.unchanged_sends_nothing),
    Fault(
        "never said again", "(($ddNow - $dd53At) >= $ddAge)", "(false)", s.unchanged_sends_nothing
    ),
    Fault(
        "time of sending forgotten",
        ":set dd53At $ddNow",
        ":local ddNone",
        s.unchanged_sends_nothing,
    ),
    Fault(
        "change not seen",
        "($ddAsk != $dd53Sent) || (($ddNow",
        "(false) || (($ddNow",
        s.changed_address,
    ),
    Fault("no pause after a failure", ":set dd53Wait 1m", ":set dd53Wait 0s", s.server_down),
    Fault("pause does not grow", "($dd53Wait + $dd53Wait)", "$dd53Wait", s.server_down),
    Fault("pause grows for ever", ":if ($dd53Wait > 1h) do={:set dd53Wait 1h}", "", s.server_down),
    Fault(
        "pause stays after success",
        "    :set dd53Wait 0s\n    } else",
        "    } else",
        s.back_after_a_pause,
    ),
    Fault(
        "wrong secret tried each minute", 'ddV ~ "^!.* 40[13]"', 'ddV ~ "^nothing"', s.wrong_secret
    ),
    Fault("any answer is a success", '"^OK"', '""', s.wrong_secret),
    Fault("no success ever", '"^OK"', '"^ok"', s.first_run),
    Fault("no word about the root", '"trusted CA"', '"trusted root"', s.stranger_in_the_middle),
    Fault("clock not looked at", '~ "1970"', '~ "1971"', s.clock_not_set),
    Fault("said each minute", " && ($ddSay != $dd53Sent)", "", s.offline),
    Fault(
        "runs beside itself",
        'job find where script="dyn53"]] < 2',
        'job find where script="dyn53"]] < 9',
        s.one_run_at_a_time,
    ),
    Fault(
        "counts itself out",
        'job find where script="dyn53"]] < 2',
        'job find where script="dyn53"]] < 1',
        s.first_run,
    ),
    Fault("second way of fetching lost", ':return $ddF"', ':return \\"\\""', s.first_run, ON_6),
    Fault(
        "no policy",
        "policy=ftp,read,write,policy,test source",
        "policy=read,write source",
        s.first_run,
    ),
    Fault(
        "globals unseen",
        "policy=ftp,read,write,policy,test on-event",
        "policy=ftp,read,write,test on-event",
        s.unchanged_sends_nothing,
    ),
    Fault("hourly", "interval=1m", "interval=1h", s.first_run),
    Fault("another script started", "script run dyn53", "script run ddns", s.first_run),
    Fault(
        "installer stays",
        '/file remove [find where name~"(^|/)mikrotik[.]rsc\\$"]',
        "",
        s.first_run,
    ),
    Fault(
        "old script stays", '/system script remove [find where name="dyn53"]', "", s.installed_once
    ),
    Fault(
        "old scheduler stays",
        '/system scheduler remove [find where name="dyn53"]',
        "",
        s.installed_once,
    ),
    Fault(
        "old state stays",
        '/system script environment remove [find where name~"^dd53"]',
        "",
        s.wrong_secret,
    ),
    Fault(
        "root not imported",
        '/certificate import file-name=dyn53-root.txt passphrase=""',
        "",
        s.first_run,
    ),
    Fault(
        "root of another print",
        "!= 1) do={:error",
        "> 9) do={:error",
        s.not_installed_without_its_root,
    ),
    Fault(
        "no root of Let's Encrypt",
        '"@AMAZON-PRINT@";"@ISRG-PRINT@"',
        '"@AMAZON-PRINT@"',
        s.server_of_ones_own,
    ),
    Fault("more roots than needed", "[.]on[.]aws", "[.]on[.]nothing", s.installed_once),
    Fault("root not trusted", "trusted=yes", "trusted=no", s.first_run),
    Fault("any secret", '"^[A-Za-z0-9._~-]+\\$"', '"."', s.refuses_a_bad_secret),
]
