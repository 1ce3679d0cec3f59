# dyn53 snippet: MikroTik RouterOS, uninstall. Paste into a terminal.
/system scheduler remove [find where name="dyn53"]
/system script remove [find where name="dyn53"]
/system script environment remove [find where name~"^dd53"]
/certificate remove [find where name~"^dyn53-root"]
