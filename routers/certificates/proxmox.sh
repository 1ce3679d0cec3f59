# dyn53 snippet: Proxmox VE
# Paste into a root shell of the node. It orders a certificate for {{DOMAIN}}.
(umask 077; cat > /root/dyn53.challenge) <<'END'
ACMEPROXY_ENDPOINT={{URL}}
ACMEPROXY_USERNAME={{HOST}}
ACMEPROXY_PASSWORD={{SECRET}}
END
pvenode acme account register default 'admin@{{DOMAIN}}'
pvenode acme plugin add dns dyn53 --api acmeproxy --validation-delay 10 --data /root/dyn53.challenge
rm /root/dyn53.challenge
pvenode config set --acmedomain0 'domain={{DOMAIN}},plugin=dyn53'
pvenode acme cert order
