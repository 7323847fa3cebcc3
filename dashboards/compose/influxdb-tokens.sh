#!/bin/sh
# Makes three tokens that may do little, each in a file of its own: write and read for the station, read for
# Grafana, write for an erasure (deleting asks for the right to write). The database shows a token once only, so
# each is written the moment it is made. Run by the image at the first start of an empty volume; by hand,
# after a file was lost: docker compose exec influxdb /docker-entrypoint-initdb.d/tokens.sh
set -eu

folder=${HOLDSPACE_TOKENS:-/tokens}
org=${DOCKER_INFLUXDB_INIT_ORG:-holdspace}
name=${DOCKER_INFLUXDB_INIT_BUCKET:-vitals}
bucket=${DOCKER_INFLUXDB_INIT_BUCKET_ID:-}
if [ -z "$bucket" ]; then
  bucket=$(influx bucket list --org "$org" --name "$name" --hide-headers | cut -f 1)
fi

token() {
  file=$folder/$1/influxdb_$1_token
  if [ -s "$file" ]; then
    echo "holdspace: $file is there already"
    return
  fi
  description="holdspace $1"
  shift
  made=$(influx auth create --org "$org" --description "$description" --json "$@")
  text=$(printf '%s' "$made" | tr -d '\n' | sed -n 's/.*"token": *"\([^"]*\)".*/\1/p')
  if [ -z "$text" ]; then
    echo "holdspace: the database gave no token for $file" >&2
    exit 1
  fi
  printf '%s\n' "$text" > "$file.half"
  mv "$file.half" "$file"
  echo "holdspace: made $file"
}

umask 022
token write --write-bucket "$bucket" --read-bucket "$bucket"
token read --read-bucket "$bucket"
token erase --write-bucket "$bucket"
