"""The names in the database."""

from collector.reading import Flag
from collector.sinks import schema


def test_every_measurement_has_its_tags_and_fields() -> None:
    """Dashboards build their queries from these."""
    assert schema.TAGS.keys() == schema.FIELDS.keys()
    assert {flag.value for flag in Flag} < set(schema.FIELDS[schema.READING])


def test_no_name_is_a_tag_and_a_field_of_one_measurement() -> None:
    """InfluxQL would then need to be told which of the two is meant."""
    assert all(not set(schema.TAGS[name]) & set(schema.FIELDS[name]) for name in schema.TAGS)


def test_tags_stand_in_the_order_that_the_server_sorts_them_to() -> None:
    """Sorted keys save the server the work (its documentation asks for it)."""
    assert all(list(tags) == sorted(tags) for tags in schema.TAGS.values())
