"""What presidio-analyzer's pattern recognizers find: private_presidio.py set.jsonl found.json"""
import json
import logging
import sys
import time

logging.disable(logging.WARNING)
from presidio_analyzer.predefined_recognizers import (  # noqa: E402
    CreditCardRecognizer,
    EmailRecognizer,
    EsNifRecognizer,
    IbanRecognizer,
    IpRecognizer,
    PhoneRecognizer,
    UkNinoRecognizer,
    UsSsnRecognizer,
)

KINDS = {
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "IP_ADDRESS": "ip_address",
    "CREDIT_CARD": "credit_card",
    "IBAN_CODE": "iban",
    "US_SSN": "national_id",
    "UK_NINO": "national_id",
    "ES_NIF": "national_id",
}
RECOGNIZERS = [
    EmailRecognizer(),
    PhoneRecognizer(),
    IpRecognizer(),
    CreditCardRecognizer(),
    IbanRecognizer(),
    UsSsnRecognizer(),
    UkNinoRecognizer(),
    EsNifRecognizer(),
]
LEAST = 0.4

with open(sys.argv[1], encoding="utf-8") as lines:
    texts = [json.loads(line)["text"] for line in lines]
started = time.process_time()
found = []
for text in texts:
    spans = []
    for recognizer in RECOGNIZERS:
        for result in recognizer.analyze(text, recognizer.supported_entities, None) or []:
            if result.score >= LEAST:
                spans.append({"kind": KINDS[result.entity_type], "start": result.start, "end": result.end})
    found.append(spans)
spent = time.process_time() - started
with open(sys.argv[2], "w", encoding="utf-8") as out:
    json.dump({"found": found, "cpu_seconds": spent}, out)
