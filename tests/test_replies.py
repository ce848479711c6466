"""What leaves the building: shapes, order, and schemas that say what replies hold."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

from conftest import META_SCHEMA, QUESTION, schema_faults
from skb_mcp import Library
from skb_mcp.models import Citation, Referral
from skb_mcp.replies import Envelope, LookupReply, Match, ProductExample, SearchReply, to_dict, to_json
from skb_mcp.tools import TOOLS, reply_schema, schema_of
from support import BASE

CAVEAT = Referral(level="routine", message="See a doctor if you are unsure.")
PAGE = Citation(title="Niacinamide", url=f"{BASE}/ingredients/niacinamide", role="page")
KINDS = [spec.reply for spec in TOOLS]


def nullable(model: type[BaseModel], name: str) -> bool:
    return types.NoneType in get_args(model.model_fields[name].annotation)


def test_a_reply_is_told_in_reading_order_and_without_fields_that_have_no_value() -> None:
    reply = SearchReply(outcome="no_match", referral=CAVEAT, note="Nothing.", citations=(PAGE,))
    assert list(to_dict(reply).items()) == [
        ("outcome", "no_match"),
        (
            "referral",
            {"level": "routine", "message": "See a doctor if you are unsure.", "see_clinician_if": [], "reasons": []},
        ),
        ("match", None),
        ("note", "Nothing."),
        ("results", []),
        ("alternatives", []),
        ("citations", [{"title": "Niacinamide", "url": f"{BASE}/ingredients/niacinamide", "role": "page"}]),
    ]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_reply_has_the_referral_before_its_payload_and_what_to_cite_at_the_end(kind: type[Envelope]) -> None:
    keys = list(to_dict(kind(outcome="answer", referral=CAVEAT, citations=(PAGE,))))
    assert keys[:2] == ["outcome", "referral"]
    assert keys[-2:] == ["alternatives", "citations"]


def test_the_text_channel_is_compact_json_with_letters_as_they_are() -> None:
    assert to_json({"a": ["é“", 1.5, None]}) == '{"a":["é“",1.5,null]}'


def test_a_reply_is_a_value_that_nothing_can_change_or_add_to() -> None:
    reply = LookupReply(outcome="answer", referral=CAVEAT, citations=(PAGE,))
    with pytest.raises(ValidationError):
        reply.note = "changed"
    with pytest.raises(ValidationError):
        LookupReply.model_validate({**dict(reply), "advice": "more"})


def test_a_reply_cannot_show_three_products() -> None:
    example = ProductExample(title="Balm", canonical_url=f"{BASE}/products/balm", in_corpus=False)
    with pytest.raises(ValidationError):
        LookupReply(outcome="answer", referral=CAVEAT, citations=(PAGE,), products=(example,) * 3)


def test_a_product_cannot_be_called_anything_but_an_example() -> None:
    with pytest.raises(ValidationError):
        ProductExample.model_validate(
            {"title": "Balm", "canonical_url": f"{BASE}/products/balm", "in_corpus": True, "note": "it works"}
        )


@pytest.mark.parametrize("confidence", [-0.1, 1.1])
def test_a_confidence_lies_between_0_and_1(confidence: float) -> None:
    with pytest.raises(ValidationError):
        Match(title="A", canonical_url=BASE, entity_type="Concern", confidence=confidence, matched_fields=())


def test_an_unknown_outcome_cannot_be_given() -> None:
    with pytest.raises(ValidationError):
        Envelope.model_validate({"outcome": "maybe", "referral": CAVEAT, "citations": (PAGE,)})


# Published schemas


@pytest.mark.parametrize("kind", [*KINDS, Envelope], ids=lambda kind: kind.__name__)
def test_a_reply_schema_has_every_top_level_field_and_requires_those_that_are_always_there(
    kind: type[Envelope],
) -> None:
    schema = reply_schema(kind)
    assert list(schema["properties"]) == list(kind.model_fields)
    assert set(schema["required"]) == {n for n in kind.model_fields if n == "match" or not nullable(kind, n)}
    assert schema_faults(META_SCHEMA, schema) == []
    barest = to_dict(kind(outcome="answer", referral=CAVEAT, citations=(PAGE,)))
    assert set(schema["required"]) <= set(barest)
    assert schema_faults(schema, barest) == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_reply_schema_names_the_fields_of_pydantics_own_and_tells_the_type_of_each(kind: type[Envelope]) -> None:
    properties = reply_schema(kind)["properties"]
    assert set(properties) == set(kind.model_json_schema(mode="serialization")["properties"])
    assert [name for name, rule in properties.items() if not {"type", "enum"} & set(rule)] == ["match"]
    assert properties["match"] == {"anyOf": [{"type": "object"}, {"type": "null"}]}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_rule_of_a_reply_schema_has_two_types_which_not_every_client_can_read(kind: type[Envelope]) -> None:
    def types_in(rule: object) -> Iterator[object]:
        for key, value in rule.items() if isinstance(rule, dict) else ():
            yield from [value] if key == "type" else types_in(value)
        for value in rule if isinstance(rule, list) else ():
            yield from types_in(value)

    found = list(types_in(list(reply_schema(kind)["properties"].values())))
    assert found
    assert [named for named in found if not isinstance(named, str)] == []


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "maybe"},
        {"citations": []},
        {"citations": [{"title": "A page without an address", "role": "page"}]},
        {"referral": {"level": "soon", "message": "See someone.", "see_clinician_if": [], "reasons": []}},
        {"referral": {"level": "routine"}},
        {"products": [{"title": str(n), "canonical_url": BASE, "in_corpus": True} for n in range(3)]},
        {"ingredients": [{"title": "Niacinamide"}]},
        {"quick_answer": None},
        {"match": "niacinamide"},
    ],
    ids=lambda change: f"{next(iter(change))} is wrong",
)
def test_the_published_schema_refuses_what_no_reply_can_be(change: dict[str, Any], library: Library) -> None:
    reply = to_dict(library.lookup_question(QUESTION))
    schema = reply_schema(LookupReply)
    assert schema_faults(schema, reply) == []
    assert schema_faults(schema, reply | change) != []


@pytest.mark.parametrize("missing", ["outcome", "referral", "match", "citations", "ingredients", "sections"])
def test_the_published_schema_misses_a_field_that_is_always_there(missing: str, library: Library) -> None:
    reply = to_dict(library.lookup_question(QUESTION))
    del reply[missing]
    assert schema_faults(reply_schema(LookupReply), reply) == [f"'{missing}' is a required property"]


@pytest.mark.parametrize("spec", TOOLS, ids=lambda spec: spec.name)
def test_the_schema_of_parameters_is_pydantics_own_but_for_its_titles(spec: Any) -> None:
    def titled(value: object) -> bool:
        return isinstance(value, dict) and ("title" in value or any(map(titled, value.values())))

    schema = schema_of(spec.params)
    assert not titled({**schema, "properties": {}})
    assert not any(titled({"rule": rule}) for rule in schema["properties"].values())
    assert json.loads(json.dumps(schema)) == schema
    assert schema["additionalProperties"] is False
