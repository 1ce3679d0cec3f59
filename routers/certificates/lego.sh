# dyn53 snippet: lego
# Paste into a root shell. It gets a certificate for {{DOMAIN}} and *.{{DOMAIN}} into /etc/lego.
(umask 077; cat > /etc/dyn53.secret) <<'END'
{{SECRET}}
END
export HTTPREQ_ENDPOINT='{{URL}}' HTTPREQ_USERNAME='{{HOST}}' HTTPREQ_PASSWORD_FILE=/etc/dyn53.secret
# For lego 5, `run` stands before the options. To renew, run the same with `renew` (lego 5: `run`).
lego --accept-tos --email 'admin@{{DOMAIN}}' --path /etc/lego --dns httpreq -d '{{DOMAIN}}' -d '*.{{DOMAIN}}' run
