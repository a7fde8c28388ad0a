# shellcheck shell=bash  # a part of tests/engine
# The certificates of docker-tls.

# Creates, in the current directory, two certificate authorities, valid certificates, and certificates with one defect each.
# The keys are elliptic-curve keys, because they are the fastest to generate.
make_pki() {
  ca ca && ca other-ca
  certificate ca server serverAuth DNS:localhost,IP:127.0.0.1 2
  certificate ca client clientAuth DNS:client 2
  certificate ca expired-server serverAuth DNS:localhost,IP:127.0.0.1 -1
  certificate ca expired-client clientAuth DNS:client -1
  certificate ca named-server serverAuth DNS:elsewhere.example 2
  certificate other-ca other-client clientAuth DNS:client 2
  directory client ca client
  directory expired ca expired-client
  directory foreign ca other-client
  directory wrong-ca other-ca client
}
ca() { # ca NAME
  quiet openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" -keyout "$1-key.pem" -out "$1.pem"
}
certificate() { # certificate CA NAME USAGE ALTERNATIVE-NAMES DAYS
  printf 'subjectAltName=%s\nextendedKeyUsage=%s\n' "$4" "$3" >"$2.ext"
  quiet openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" -keyout "$2-key.pem" -out "$2.csr"
  quiet openssl x509 -req -in "$2.csr" -CA "$1.pem" -CAkey "$1-key.pem" -CAcreateserial -days "$5" -extfile "$2.ext" -out "$2.pem"
}
quiet() { # quiet COMMAND...: runs the command, and shows its output only if it fails
  local said
  said=$("$@" 2>&1) || { echo "$said" >&2 && return 1; }
}
directory() { # directory NAME CA CERTIFICATE: creates a directory for DOCKER_CERT_PATH
  mkdir "$1"
  cp "$2.pem" "$1/ca.pem"
  cp "$3.pem" "$1/cert.pem"
  cp "$3-key.pem" "$1/key.pem"
}
