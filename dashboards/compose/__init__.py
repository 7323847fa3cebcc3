"""What stands beside docker-compose.yml.

secret_files.py     `python3 start.py secrets`: makes every password and token file; standard library only
influxdb-tokens.sh  run by the database at its first start: makes the three tokens that may do little
mosquitto.conf, mosquitto.acl    the broker: nobody without a password, and who may do what
holdspace.toml      the station in its container: where page, database and broker are
"""
