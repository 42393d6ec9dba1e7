"""INCEpTION's UIMA CAS JSON 0.4: sentences, mentions, roles and event types."""

import copy
import json

import pytest
from foreign_files import FRONT, TYPES, roles
from inception_cas import LABELS, LINES, RELATION, SPAN, cas, read, read_path, structure

from data.errors import BadInput
from data.mapping import load_mapping
from data.records import Mention, Role

OWN = load_mapping("own")


def test_the_cas_is_cut_to_its_sentences_with_offsets_in_code_points(write):
    rows, refused = read(write, cas(*LABELS))
    assert not refused and [row.text for row in rows] == list(LINES)
    assert [row.id for row in rows] == ["wire-1.txt-1", "wire-1.txt-2", "wire-1.txt-3"]
    assert {(row.doc_id, row.source) for row in rows} == {("wire-1.txt", "inception")}
    assert [row.where.rpartition(":")[2] for row in rows] == ["1", "2", "3"]
    assert rows[0].mentions == (Mention(11, 18, "place", (Role("site"),)),)
    assert list(roles(rows[1])) == [FRONT, "Tirra", "miners", "Port Ellis"]
    assert rows[1].event_types == ("ASSAULT", "PROTEST")
    assert all(row.complete for row in rows) and rows[2].event_types == ()


def test_links_and_relations_give_roles_that_name_their_event(write):
    _, made, _ = read(write, cas(*LABELS))[0]
    assert roles(made) == {
        FRONT: (Role("source", "ASSAULT"),),
        "Tirra": (Role("site"),),
        "miners": (Role("source", "PROTEST"),),
        "Port Ellis": (Role("site"), Role("destination", "ASSAULT")),
    }


def test_a_label_on_the_whole_sentence_gives_its_event_type(write):
    first, second, _ = read(write, cas(structure(40, SPAN, LINES[0], label="Talks")))[0]
    assert first.event_types == ("CONSULT",) and first.mentions == ()
    assert second.event_types == () and second.complete


def test_a_document_without_any_event_says_nothing_of_them(write):
    rows, _ = read(write, cas(structure(40, SPAN, FRONT, label="ORG")))
    assert len(rows) == 3 and not any(row.complete for row in rows)


def test_labels_named_as_ours_need_no_mapping_and_a_stretch_may_have_several(write):
    labels = ("source", "reporter", "background")
    spans = [structure(40 + at, SPAN, FRONT, label=name) for at, name in enumerate(labels)]
    _, made, _ = read(write, cas(*spans), OWN)[0]
    start = LINES[1].index(FRONT)
    assert made.mentions == (
        Mention(start, start + len(FRONT), "actor", (Role("source"), Role("reporter"))),
        Mention(start, start + len(FRONT), "place", (Role("background"),)),
    )


def test_the_mapping_may_name_the_feature_that_holds_the_label(write):
    """Here `value`, which lemmas have too: layers of INCEpTION's own are not read."""
    mapping = TYPES.model_copy(update={"columns": {"label": "value"}, "source": "desk"})
    certain = structure(40, "webanno.custom.Certainty", "miners", value="ORG")
    _, made, _ = read(write, cas(certain, structure(41, SPAN, FRONT, label="x")), mapping)[0]
    assert roles(made) == {"miners": ()} and made.source == "desk"


def test_a_relation_or_span_that_the_mapping_reads_over_may_cross_sentences(write):
    coref = structure(40, RELATION, "miners", label="Coref", **{"@Governor": 22, "@Dependent": 23})
    wide = structure(41, SPAN, f"{LINES[0]}\n{LINES[1]}", label="TIME")
    rows, refused = read(write, cas(*LABELS, coref, wide))
    assert rows == read(write, cas(*LABELS))[0] and not refused


def test_structures_may_stand_under_their_ids_and_types_be_left_out(write):
    listed = cas(*LABELS)
    keyed = {str(one["%ID"]): one for one in copy.deepcopy(listed["%FEATURE_STRUCTURES"])}
    for one in keyed.values():
        del one["%ID"]
    rows, refused = read(write, {"%FEATURE_STRUCTURES": keyed, "%VIEWS": listed["%VIEWS"]})
    assert not refused and rows == read(write, listed)[0]


def test_what_is_not_in_the_index_is_no_annotation(write):
    made = cas(*LABELS)
    made["%VIEWS"]["_InitialView"]["%MEMBERS"].remove(21)
    _, second, _ = read(write, made)[0]
    assert "Tirra" not in roles(second)


def test_a_folder_is_read_through_and_a_second_annotator_is_refused(write):
    for name in ("a/anna.json", "b/anna.json", "c/anna.json"):
        made = copy.deepcopy(cas(*LABELS))
        title = {"a": "wire-1.txt", "b": None, "c": "wire-1.txt"}[name[0]]
        made["%FEATURE_STRUCTURES"][1]["documentTitle"] = title
        folder = write(name, json.dumps(made)).parent.parent
    rows, (refusal,) = read_path(folder, TYPES)
    assert [row.doc_id for row in rows] == ["wire-1.txt"] * 3 + ["anna"] * 3
    assert "c/anna.json: expected each document once, found 'wire-1.txt' again" in refusal


def test_a_folder_without_any_file_is_refused(write):
    with pytest.raises(BadInput, match=r"CAS files \(\*\.json\)"):
        read_path(write("notes/readme.md", "no").parent, TYPES)
