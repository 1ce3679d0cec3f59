# dyn53 snippet: Nginx Proxy Manager
# Paste into a root shell, in the folder that has docker-compose.yml and data.
(umask 077; cat > data/dyn53.json) <<'END'
{"{{DOMAIN}}": {"username": "{{HOST}}", "password": "{{SECRET}}",
  "fulldomain": "_acme-challenge.{{DOMAIN}}", "subdomain": "{{DOMAIN}}", "allowfrom": []}}
END
# Then, under SSL Certificates, Add, Let's Encrypt via DNS:
#
# Domain Names: {{DOMAIN}} and *.{{DOMAIN}}
# DNS Provider: ACME-DNS
# Propagation Seconds: 10
# Credentials File Content:
#   dns_acmedns_api_url = {{URL}}
#   dns_acmedns_registration_file = /data/dyn53.json
