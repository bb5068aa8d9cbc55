"""What Prometheus scrapes."""

from fastapi import APIRouter, Request, Response

from api.observers.metrics import Metrics

router = APIRouter(tags=["health"])


@router.get("/metrics", summary="Metrics for Prometheus", response_class=Response)
async def metrics(request: Request) -> Response:
    """In the text format of Prometheus, or as OpenMetrics with exemplars. Needs no key on the same machine."""
    held: Metrics = request.app.state.metrics
    text, content_type = held.told(request.headers.get("accept", ""))
    return Response(text, media_type=content_type)
