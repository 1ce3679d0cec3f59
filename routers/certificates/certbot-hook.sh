# dyn53 snippet: certbot without a plugin, dehydrated, uacme
# Paste into a root shell. The hook needs curl. It gets a certificate for {{DOMAIN}} and *.{{DOMAIN}}.
(umask 077; cat > /etc/dyn53.challenge) <<'END'
user = "{{HOST}}:{{SECRET}}"
END
cat > /usr/local/bin/dyn53-challenge <<'END'
#!/bin/sh
# Called by certbot as `present` and `cleanup`, by dehydrated and uacme with words of their own.
case $1 in
  present | cleanup) path=$1 name=$CERTBOT_DOMAIN value=$CERTBOT_VALIDATION ;;
  deploy_challenge) path=present name=$2 value=$4 ;;
  clean_challenge) path=cleanup name=$2 value=$4 ;;
  begin) [ "$2" = dns-01 ] || exit 1; path=present name=$3 value=$5 ;;
  done | failed) path=cleanup name=$3 value=$5 ;;
  *) exit 0 ;;
esac
exec curl -fsS -o /dev/null --max-time 30 -K /etc/dyn53.challenge -H 'Content-Type: application/json' \
  -d "{\"fqdn\":\"_acme-challenge.${name#\*.}.\",\"value\":\"$value\"}" "{{URL}}/$path"
END
chmod 755 /usr/local/bin/dyn53-challenge
certbot certonly --agree-tos --register-unsafely-without-email --manual --preferred-challenges dns \
  --manual-auth-hook '/usr/local/bin/dyn53-challenge present' \
  --manual-cleanup-hook '/usr/local/bin/dyn53-challenge cleanup' \
  -d '{{DOMAIN}}' -d '*.{{DOMAIN}}'
