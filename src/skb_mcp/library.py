"""`Library`, the one door: screen → search → compose.

Everything that takes free text passes the red-flag screen first (guarantee G4). Nothing above
this module touches the index or the rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypeGuard, TypeVar

from .catalogue import Catalogue
from .compose import Composer, Detail
from .corpus import Corpus, Manifest
from .errors import RequestError
from .graph import Graph
from .hits import as_alternatives, as_match, as_result
from .models import LEVELS, Citation, Entity, EntityType, Question, Referral
from .phrasing import is_about_it
from .ranking import INEXACT, Explanation, Hit
from .referral import Screen
from .replies import (
    Envelope,
    FetchReply,
    IngredientsReply,
    ListReply,
    LookupReply,
    Metadata,
    Problem,
    SearchReply,
    SourcesReply,
)
from .resolve import NEAR, NEAREST, Resolver

__all__ = ["Library"]

R = TypeVar("R", bound=Envelope)

SEARCH_RESULTS = 8
NO_MATCH = "No page of this knowledge base answers this."
NOT_COVERED = f"{NO_MATCH} It is about skin, hair, nails or cosmetics, and no page covers its subject."
OUTSIDE = f"{NO_MATCH} It does not seem to be about skin care."
UNSAID = f"{NO_MATCH} The question does not name its subject: ask again with the product, ingredient or problem."
NEAR_ONLY = "The alternatives are the nearest topics, not an answer."
RIVAL_SHARE = 0.9
"""From this part of the best confidence on another page is named beside the answer."""
RIVAL = "This may be about “{}” instead: ask what the person means."
NO_INGREDIENTS = "This knowledge base names no ingredient for this concern."
EVIDENCE_NOTE = (
    "Each evidence list is what that ingredient's own page cites, for effects and cautions alike; why says what is "
    "known for this concern."
)
RED_FLAG = "This describes a possible red flag, so no skincare advice is given."
LATER = f"{RED_FLAG} The alternatives are for later reading."
PRODUCT = "This is a product page: what the maker states. It is an example, not evidence that it works."


class Library:
    """A corpus with its index and its red-flag rules; every method is a pure function of its arguments.

    `today` decides which reviews are stale; it is read once, so that answers do not change while
    a server runs.
    """

    def __init__(self, corpus: Corpus, today: date | None = None) -> None:
        self._graph: Graph = corpus.graph
        self._manifest = corpus.manifest
        self._screens = tuple(map(Screen, corpus.screens))
        self._catalogue = Catalogue(corpus.graph, corpus.manifest)
        self._compose = Composer(corpus.manifest, corpus.graph, today or date.today())
        self._resolve = Resolver(corpus.graph, corpus.manifest.canonical_base, corpus.ranking)

    @property
    def manifest(self) -> Manifest:
        """What the corpus says of itself."""
        return self._manifest

    # The screen

    def screen(self, text: str) -> Referral | None:
        """The red-flag referral that a text calls for, the gravest first; None when there is none."""
        raised = [referral for screen in self._screens if (referral := screen.check(text))]
        if not raised:
            return None
        raised.sort(key=lambda r: -LEVELS.index(r.level))
        reasons = sorted((x for r in raised for x in r.reasons), key=lambda reason: -LEVELS.index(reason.level))
        messages = dict.fromkeys(r.message for r in raised if r.level == raised[0].level)
        return Referral(level=raised[0].level, message=" ".join(messages), reasons=tuple(reasons))

    def _referral(self, flagged: Referral | None, page: Entity | None = None, detail: Detail = "concise") -> Referral:
        points = self._compose.help_points(page, detail) if page else ()
        if flagged:
            return flagged.model_copy(update={"see_clinician_if": points})
        return Referral(level="routine", message=self._manifest.caveat, see_clinician_if=points)

    def _basis(self, flagged: Referral | None) -> tuple[Citation, ...]:
        basis = {b.url: b for reason in (flagged.reasons if flagged else ()) for b in reason.basis}
        return tuple(Citation(title=b.title, url=b.url, role="referral_basis") for b in basis.values())

    def _instead(self, kind: type[R], flagged: Referral, hits: Sequence[Hit]) -> R:
        """The reply to a red flag: the referral in place of any skincare answer, and no product beside it."""
        near = as_alternatives([hit for hit in hits if self._resolve.is_reading(hit)][:1])
        return kind(
            outcome="referral",
            referral=self._referral(flagged),
            note=LATER if near else RED_FLAG,
            alternatives=near,
            citations=(*self._basis(flagged), self._compose.front_page()),
        )

    def error(self, kind: type[R], problem: RequestError, words: str = "") -> R:
        """The reply to a request that cannot be answered as it stands.

        `words` is whatever text came with it: a red flag in it still gets its referral.
        """
        flagged = self.screen(words) if words else None
        if _grave(flagged):
            return self._instead(kind, flagged, ())
        return kind(
            outcome="error",
            error=Problem(message=problem.message, accepted=problem.accepted, nearest=problem.nearest),
            referral=self._referral(flagged),
            citations=(*self._basis(flagged), self._compose.front_page()),
        )

    def _no_match(self, kind: type[R], flagged: Referral | None, hits: Sequence[Hit], asked: str) -> R:
        why = OUTSIDE if self._resolve.is_outside(asked) else NOT_COVERED
        why = UNSAID if is_about_it(asked) else why
        near = as_alternatives([hit for hit in hits if hit.score >= NEAR and self._resolve.is_reading(hit)][:NEAREST])
        return kind(
            outcome="no_match",
            referral=self._referral(flagged),
            note=" ".join((why, NEAR_ONLY) if near else (why,)),
            alternatives=near,
            citations=(*self._basis(flagged), self._compose.front_page()),
        )

    # The tools

    def lookup_question(self, question: str, detail: Detail = "concise") -> LookupReply:
        """The best page for a consumer's words, of any kind."""
        flagged = self.screen(question)
        hits = self._resolve.search(question, limit=1 + NEAREST)
        if _grave(flagged):
            return self._instead(LookupReply, flagged, hits)
        page = self._resolve.accept(hits)
        if page is None:
            return self._no_match(LookupReply, flagged, hits, question)
        said = self._compose.payload(page, detail)
        return LookupReply(
            outcome="answer",
            referral=self._referral(flagged, page, detail),
            match=as_match(hits[0]),
            note=PRODUCT if page.entity_type == "Product" else self._rival(page, hits),
            quick_answer=said.quick_answer,
            may_be_instead=said.may_be_instead,
            cautions=said.cautions,
            ingredients=said.ingredients,
            products=said.products,
            sections=said.sections,
            reviewed=said.reviewed,
            alternatives=as_alternatives(hits[1:]),
            citations=(*said.citations, *self._basis(flagged)),
        )

    def _rival(self, page: Entity, hits: Sequence[Hit]) -> str | None:
        """A note that names a page about something else which fits the question nearly as well."""
        if len(hits) < 2 or hits[0].score > INEXACT or hits[1].score < RIVAL_SHARE * hits[0].score:
            return None
        other = self._graph.page(hits[1].document.url)
        subjects = {_subject_url(page), _subject_url(other)} if other else set()
        return RIVAL.format(hits[1].document.title) if len(subjects) > 1 else None

    def explain(self, question: str) -> tuple[Referral | None, Explanation]:
        """What the screen recognised in a question, and how the pages for it were ranked."""
        return self.screen(question), self._resolve.explain(question)

    def list_ingredients_for_concern(self, concern: str) -> IngredientsReply:
        """The ingredients that the corpus connects with a concern, nearest relation first.

        Raises:
            UnknownEntity: `concern` is a URL, and not one of a concern here.
        """
        flagged = self.screen(concern)
        if _grave(flagged):
            return self._instead(IngredientsReply, flagged, self._resolve.search(concern, limit=NEAREST))
        found = self._resolve.concern(concern)
        if found.page is None:
            return self._no_match(IngredientsReply, flagged, found.hits, concern)
        derived = self._graph.ingredients_of_concern(found.concern_url)
        notes = tuple(self._compose.ingredient(d) for d in derived)
        return IngredientsReply(
            outcome="answer" if notes else "no_match",
            referral=self._referral(flagged, found.page),
            match=as_match(found.hits[0]),
            note=" ".join(filter(None, (found.note, EVIDENCE_NOTE))) if notes else NO_INGREDIENTS,
            ingredients=notes,
            reviewed=self._compose.reviewed(found.page),
            alternatives=as_alternatives([h for h in found.hits[1:] if h.document.url != found.page.canonical_url]),
            citations=(*self._compose.citations(found.page, "concise"), *self._basis(flagged)),
        )

    def get_sources(self, page: str) -> SourcesReply:
        """The sources behind a page: evidence and product facts apart.

        Raises:
            UnknownEntity: `page` is a URL, and not one of an eligible page.
        """
        flagged = self.screen(page)
        if _grave(flagged):
            return self._instead(SourcesReply, flagged, self._resolve.search(page, limit=NEAREST))
        hits = self._resolve.page(page)
        found = self._resolve.accept(hits)
        if found is None:
            return self._no_match(SourcesReply, flagged, hits, page)
        return SourcesReply(
            outcome="answer",
            referral=self._referral(flagged, found),
            match=as_match(hits[0]),
            evidence_sources=self._compose.source_notes(found, "evidence"),
            product_fact_sources=self._compose.source_notes(found, "product_fact"),
            reviewed=self._compose.reviewed(found),
            alternatives=as_alternatives(hits[1:]),
            citations=(self._compose.page_citation(found), *self._basis(flagged)),
        )

    def search(self, query: str) -> SearchReply:
        """Pages that match, best first; none when even the best is no answer."""
        flagged = self.screen(query)
        hits = self._resolve.search(query, limit=SEARCH_RESULTS)
        if _grave(flagged):
            return self._instead(SearchReply, flagged, hits)
        if self._resolve.accept(hits) is None:
            return self._no_match(SearchReply, flagged, hits, query)
        good = [hit for hit in hits if hit.score >= hits[0].score / 2]
        pages = [self._graph.pages[hit.document.url] for hit in good]
        return SearchReply(
            outcome="answer",
            referral=self._referral(flagged),
            match=as_match(hits[0]),
            results=tuple(as_result(hit) for hit in good),
            citations=(*(self._compose.page_citation(p) for p in pages), *self._basis(flagged)),
        )

    def fetch(self, id: str) -> FetchReply:
        """One page as Markdown, by canonical URL, `skb://` URI, slug or exact title.

        Raises:
            UnknownEntity: no eligible page has that id.
        """
        flagged = self.screen(id)
        if _grave(flagged):
            return self._instead(FetchReply, flagged, self._resolve.search(id, limit=1))
        page = self._resolve.exactly(id)
        if page is None:
            raise self._resolve.unknown(id)
        reviewed = self._compose.reviewed(page)
        return FetchReply(
            outcome="answer",
            referral=self._referral(flagged, page),
            match=as_match(self._resolve.certain(page)),
            id=page.canonical_url,
            title=page.title,
            text=self._compose.markdown(page),
            url=page.canonical_url,
            metadata=Metadata(
                entity_type=page.entity_type,
                date_reviewed=page.date_reviewed,
                date_modified=page.date_modified,
                stale=reviewed.stale,
            ),
            citations=(*self._compose.citations(page, "full"), *self._basis(flagged)),
        )

    def list_entities(self, entity_type: EntityType | None = None, cursor: str | None = None) -> ListReply:
        """Every eligible page of a kind (or of all kinds), 50 at a time, by kind and URL.

        Raises:
            InvalidArguments: `cursor` is not one that an earlier reply gave.
        """
        part = self._catalogue.part(entity_type, cursor)
        return ListReply(
            outcome="answer" if part.total else "no_match",
            referral=self._referral(None),
            note=None if part.total else "This knowledge base has no page of this kind.",
            entities=part.entries,
            total=part.total,
            next_cursor=part.next_cursor,
            citations=(self._compose.front_page(),),
        )

    # What resources, prompts and completions need

    @property
    def pages(self) -> tuple[Entity, ...]:
        """Every eligible page, by kind and URL."""
        return self._catalogue.pages

    def read(self, uri: str) -> str:
        """A page as Markdown, by `skb://` URI.

        Raises:
            UnknownEntity: no eligible page has that URI.
        """
        page = self._resolve.exactly(uri) if uri.startswith("skb://") else None
        if page is None or page.uri != uri:
            raise self._resolve.unknown(uri)
        return self._compose.markdown(page)

    def overview(self) -> str:
        """What this corpus is, as Markdown: its name, version, licence, review policy and counts."""
        return self._catalogue.overview()

    def slugs(self, folder: str, prefix: str) -> list[str]:
        """The slugs of the eligible pages in a URL folder that begin with `prefix`, in order."""
        return self._catalogue.slugs(folder, prefix)

    def concern_names(self, prefix: str) -> list[str]:
        """The titles of the eligible concerns that begin with `prefix`, whatever the case."""
        return self._catalogue.concern_names(prefix)


def _subject_url(page: Entity) -> str:
    """The URL of what a page is about: a Question's primary concern, or the page itself."""
    concern = page.primary_concern if isinstance(page, Question) else None
    return concern.url if concern else page.canonical_url


def _grave(flagged: Referral | None) -> TypeGuard[Referral]:
    """Whether a referral takes the place of the answer."""
    return flagged is not None and flagged.level in ("urgent", "emergency")
