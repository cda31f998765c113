#!/usr/bin/env bash
# Makes the certificates of this folder anew: an authority that nobody trusts, and a server at 127.0.0.1 by it. For tests.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }
key "$work/ca.key"
key server.key
openssl req -x509 -new -key "$work/ca.key" -days 36500 -subj "/CN=batchferry tests" -out ca.pem \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
openssl req -new -key server.key -subj "/CN=127.0.0.1" -out "$work/server.csr"
openssl x509 -req -in "$work/server.csr" -CA ca.pem -CAkey "$work/ca.key" -days 36500 -out server.pem -extfile \
    <(printf 'basicConstraints=critical,CA:FALSE\nsubjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n')
