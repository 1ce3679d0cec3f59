# dyn53 snippet: Linux, systemd timer
# Paste into a root shell. It needs curl and systemd 247; the hooks update when the network changes.
(umask 077; cat > /etc/dyn53.header) <<'END'
Authorization: Bearer {{SECRET}}
END
cat > /etc/systemd/system/dyn53.service <<'END'
[Unit]
Description=Keep {{HOST}} on this address
Wants=network-online.target
After=network-online.target
[Service]
Type=oneshot
DynamicUser=yes
LoadCredential=header:/etc/dyn53.header
ExecStart=/usr/bin/curl -4 -fsS --max-time 30 -H @${CREDENTIALS_DIRECTORY}/header {{URL}}/?newip=auto
# Without IPv6 this one fails, which does not matter.
ExecStart=-/usr/bin/curl -6 -fs --max-time 30 -H @${CREDENTIALS_DIRECTORY}/header {{URL}}/?newip=auto
END
cat > /etc/systemd/system/dyn53.timer <<'END'
[Unit]
Description=Keep {{HOST}} on this address
[Timer]
OnBootSec=30s
OnUnitActiveSec=5min
[Install]
WantedBy=timers.target
END
if [ -d /etc/networkd-dispatcher/routable.d ]; then
  cat > /etc/networkd-dispatcher/routable.d/50-dyn53 <<'END'
#!/bin/sh
exec systemctl start --no-block dyn53.service
END
  chmod 755 /etc/networkd-dispatcher/routable.d/50-dyn53
fi
if [ -d /etc/NetworkManager/dispatcher.d ]; then
  cat > /etc/NetworkManager/dispatcher.d/90-dyn53 <<'END'
#!/bin/sh
case $2 in up|dhcp4-change|dhcp6-change) systemctl start --no-block dyn53.service ;; esac
END
  chmod 755 /etc/NetworkManager/dispatcher.d/90-dyn53
fi
systemctl daemon-reload
systemctl enable --now dyn53.timer
