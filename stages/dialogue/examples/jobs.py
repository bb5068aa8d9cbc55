"""The tool of the job status example: where a job stands, by its number. Put your own system behind it."""

_JOBS = {
    "4172": "Job 4172, boiler service at 12 Mill Road: the engineer is on site since nine o'clock.",
    "4173": "Job 4173, leaking tap at 3 Station Street: waiting for a part, due on Thursday.",
    "4180": "Job 4180, rewiring at 45 Park Avenue: finished yesterday, the invoice is open.",
    "4475": "Job 4475, radiator at 8 Church Lane: planned for tomorrow morning.",
}


def find_job(job_number: str) -> dict[str, str]:
    """`job_number`: four digits. What the office knows about the job, or that there is none."""
    number = "".join(sign for sign in job_number if sign.isdigit())
    known = _JOBS.get(number)
    return {"status": known} if known is not None else {"status": f"There is no job with the number {number}."}
