"""The hotel's own tool."""

PRICES = {"single": 80, "double": 120, "suite": 240}


def room_price(room: str) -> dict[str, str]:
    """`room`: single, double or suite. What a night costs."""
    price = PRICES.get(room.lower())
    return {"price": f"A {room.lower()} is {price} pounds a night."} if price else {"price": "There is no such room."}
