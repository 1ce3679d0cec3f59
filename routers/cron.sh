# dyn53 snippet: Linux, cron
# Paste into a root shell. It needs curl, and keeps {{HOST}} on the addresses that the server sees.
(umask 077; cat > /etc/dyn53.header) <<'END'
Authorization: Bearer {{SECRET}}
END
cat > /usr/local/bin/dyn53-update <<'END'
#!/bin/sh
# Once a family; a family that this machine lacks does not count.
status=1
for family in 4 6; do
  said=$(curl -"$family" -s --max-time 30 -H @/etc/dyn53.header '{{URL}}/?newip=auto') || continue
  case $said in OK) status=0 ;; *) echo "dyn53: not updated: $said" >&2; exit 1 ;; esac
done
[ $status = 0 ] || echo "dyn53: {{URL}} does not answer" >&2
exit $status
END
chmod 755 /usr/local/bin/dyn53-update
echo '*/5 * * * * root flock -n /run/lock/dyn53 /usr/local/bin/dyn53-update' > /etc/cron.d/dyn53
