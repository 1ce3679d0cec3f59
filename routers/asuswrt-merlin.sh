# dyn53 snippet: Asuswrt-Merlin
# 1. Administration > System: Enable JFFS custom scripts and configs. 2. Paste this into an ssh session.
# 3. WAN > DDNS: Server Custom, Host name {{HOST}}
(umask 077; cat > /jffs/configs/dyn53.header) <<'END'
Authorization: Bearer {{SECRET}}
END
cat > /jffs/scripts/ddns-start <<'END'
#!/bin/sh
# $1 is the address of the WAN.
said=$(curl -fsS --max-time 30 -H @/jffs/configs/dyn53.header "{{URL}}/?newip=$1")
if [ "$said" = OK ]; then
  /sbin/ddns_custom_updated 1
else
  logger -t dyn53 "not updated: $said"
  /sbin/ddns_custom_updated 0
fi
END
chmod 755 /jffs/scripts/ddns-start
