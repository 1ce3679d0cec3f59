# dyn53 snippet: macOS
# Paste into a Terminal after: sudo -s
# It keeps {{HOST}} on the address that the server sees.
mkdir -p /usr/local/etc
(umask 077; cat > /usr/local/etc/dyn53.header) <<'END'
Authorization: Bearer {{SECRET}}
END
cat > /Library/LaunchDaemons/dyn53.update.plist <<'END'
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>dyn53.update</string>
  <key>ProgramArguments</key>
  <array>
    <string>/usr/bin/curl</string><string>-4</string><string>-fsS</string>
    <string>--max-time</string><string>30</string>
    <string>-H</string><string>@/usr/local/etc/dyn53.header</string>
    <string>{{URL}}/?newip=auto</string>
  </array>
  <key>RunAtLoad</key><true/>
  <key>StartInterval</key><integer>300</integer>
  <key>WatchPaths</key><array><string>/etc/resolv.conf</string></array>
</dict>
</plist>
END
launchctl bootout system/dyn53.update 2>/dev/null
launchctl bootstrap system /Library/LaunchDaemons/dyn53.update.plist
