"""What Prometheus scrapes."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.observers.metrics import Metrics

router = APIRouter(tags=["health"])


@router.get("/metrics", summary="Metrics for Prometheus", response_class=Response)
async def metrics(request: Request) -> Response:
    """In the text format of Prometheus. Needs no key when asked from the same machine."""
    held: Metrics = request.app.state.metrics
    return Response(held.text(), media_type=CONTENT_TYPE_LATEST)
