import asyncio

from tests.api.house import TOKEN, house


def test_the_page_and_its_files_are_served_to_whoever_is_known() -> None:
    async def story() -> None:
        async with house() as h, h.client() as client:
            page = await client.get("/")
            assert page.status_code == 200
            assert page.headers["content-type"].startswith("text/html")
            assert page.headers["cache-control"] == "no-cache"
            script = await client.get("/console/main.js")
            assert script.status_code == 200
            assert "javascript" in script.headers["content-type"]
            assert script.headers["cache-control"] == "no-cache"
            again = await client.get("/console/main.js", headers={"if-none-match": script.headers["etag"]})
            assert again.status_code == 304
            assert (await client.get("/console/../settings.py")).status_code == 404
            assert (await client.get("/console/%2e%2e/settings.py")).status_code == 404

    asyncio.run(story())


def test_the_page_learns_what_it_has_to_know_and_no_secret() -> None:
    async def story() -> None:
        given = {"ice_servers": "turn:t.example,stun:s.example", "openai_api_key": "sk-secret", "token": TOKEN}
        async with house(**given) as h, h.client() as client:
            await h.start()
            told = (await client.get("/v1/console")).json()
            assert [server["urls"] for server in told["ice_servers"]] == [["turn:t.example"], ["stun:s.example"]]
            assert (told["agent"], told["standin"], told["calls"]) == ("reception", False, 1)
            assert "secret" not in str(told)

    asyncio.run(story())
