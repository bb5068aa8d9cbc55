"""The pharmacy's own tools."""


def find_prescription(prescription: str) -> dict[str, str]:
    """`prescription`: the number on the label. What is known about it."""
    return {"status": f"Prescription {prescription} has two refills left."}


def order_refill(prescription: str, birth_date: str, way: str, idempotency_key: str = "") -> dict[str, str]:
    """Orders the refill; `way`: pick up or delivery."""
    return {"confirmation": "R" + prescription[-3:], "way": way}
