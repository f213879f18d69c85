"""`GET /v1/search`, and what the search box needs: the operators and a few examples."""

from __future__ import annotations

import time
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response

from oscine.api import schemas
from oscine.api.guard import Reader, app_of, viewer
from oscine.examples import QUESTIONS, SEARCHES
from oscine.search.operators import OPERATORS
from oscine.search.search import Sort

router = APIRouter(prefix="/v1", tags=["search"])


@router.get("/search", summary="Search posts")
def search(
    request: Request,
    key: Reader,
    q: Annotated[str, Query(description="Words, phrases and operators; see /v1/operators.")] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    sort: Annotated[Sort, Query(description="`top`: the best first; the others need every word.")] = "top",
    cursor: Annotated[str | None, Query(description="From the page before.")] = None,
    fold: Annotated[bool, Query(description="Put near-duplicates under the first of them.")] = True,
    plain: Annotated[bool, Query(description="Read plain language (`last week`, `posts by NASA`) as operators; `reading` tells which.")] = True,
) -> Response:
    """Posts that fit a query, by words and by meaning. Any text is a query: what could not be understood is told in `ignored`.

    `did_you_mean` is the query with its rare words put right, where others like them are far more common here; it was not searched.
    """
    app = app_of(request)
    began = time.perf_counter()
    found = app.search.search(app.view(viewer(request, key)), q, limit=limit, sort=sort, cursor=cursor, fold=fold, plainly=plain)
    meant = None if cursor or key.licence else app.spelling.suggest(q)  # made of all public posts, which a licence may not reach
    told = schemas.results(found, 1000 * (time.perf_counter() - began)) | {"did_you_mean": meant}
    return Response(msgspec.json.encode(told), media_type="application/json")  # FastAPI's own way costs ten milliseconds a page


@router.get("/operators", summary="The search operators")
def operators(_key: Reader) -> dict[str, Any]:
    """Every operator with an example and its meaning."""
    return {
        "operators": [
            {"name": o.typed, "synonyms": [f"{name}:" for name in o.synonyms], "example": o.example, "help": o.help, "family": o.family,
             "values": list(o.values)}
            for o in OPERATORS.values()
        ]
    }


@router.get("/examples", summary="A few questions and searches to begin with")
def examples(request: Request, _key: Reader) -> dict[str, Any]:
    """Written for the sample network; empty where it is not loaded."""
    has_sample = app_of(request).has_sample()
    return {"questions": QUESTIONS if has_sample else [], "searches": SEARCHES if has_sample else []}
