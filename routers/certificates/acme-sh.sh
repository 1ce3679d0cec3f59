# dyn53 snippet: acme.sh
# Paste into a shell of the user that runs acme.sh. It keeps the secret in ~/.acme.sh/account.conf.
read -r ACMEPROXY_PASSWORD <<'END'
{{SECRET}}
END
export ACMEPROXY_ENDPOINT='{{URL}}' ACMEPROXY_USERNAME='{{HOST}}' ACMEPROXY_PASSWORD
acme.sh --issue --server letsencrypt --dns dns_acmeproxy --dnssleep 1 -d '{{DOMAIN}}' -d '*.{{DOMAIN}}'
