# dyn53 snippet: OpenWrt
# Paste into an ssh session, once this is installed: ddns-scripts curl ca-bundle
url='{{URL}}'
case $url in https:*) https=1 ;; *) https=0 ;; esac
mkdir -p /usr/share/ddns/custom
cat > /usr/share/ddns/custom/dyn53.json <<'END'
{
  "name": "dyn53",
  "ipv4": { "url": "{{URL}}/?newip=[IP]&secret=[PASSWORD]", "answer": "^OK" },
  "ipv6": { "url": "{{URL}}/?newip6=[IP]&secret=[PASSWORD]", "answer": "^OK" }
}
END
for family in 4 6; do
  [ $family = 6 ] && wan=wan6 v6=1 || wan=wan v6=0
  uci batch <<END
set ddns.dyn53_$family=service
set ddns.dyn53_$family.enabled=1
set ddns.dyn53_$family.service_name=dyn53
set ddns.dyn53_$family.lookup_host={{HOST}}
set ddns.dyn53_$family.domain={{HOST}}
set ddns.dyn53_$family.password={{SECRET}}
set ddns.dyn53_$family.use_ipv6=$v6
set ddns.dyn53_$family.interface=$wan
set ddns.dyn53_$family.ip_source=network
set ddns.dyn53_$family.ip_network=$wan
set ddns.dyn53_$family.use_https=$https
set ddns.dyn53_$family.cacert=/etc/ssl/certs
commit ddns
END
done
/etc/init.d/ddns enable
/etc/init.d/ddns restart
