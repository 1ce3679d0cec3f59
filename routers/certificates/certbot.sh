# dyn53 snippet: certbot with the plugin dns-multi
# Paste into a root shell. It gets a certificate for {{DOMAIN}} and *.{{DOMAIN}}; certbot renews it by itself.
mkdir -p /etc/letsencrypt
(umask 077; cat > /etc/letsencrypt/dyn53.ini) <<'END'
dns_multi_provider = httpreq
HTTPREQ_ENDPOINT = {{URL}}
HTTPREQ_USERNAME = {{HOST}}
HTTPREQ_PASSWORD = {{SECRET}}
END
certbot certonly --agree-tos --register-unsafely-without-email --authenticator dns-multi \
  --dns-multi-credentials /etc/letsencrypt/dyn53.ini --dns-multi-propagation-seconds 1 \
  -d '{{DOMAIN}}' -d '*.{{DOMAIN}}'
