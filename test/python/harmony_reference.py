"""Answers questions about Harmony with the reference implementation.

Reads JSON lines from standard input, writes one JSON line for each. TIKTOKEN_ENCODINGS_BASE names the folder that
holds o200k_base.tiktoken. Questions:

{"op": "render", "messages": [{role, name, recipient, channel, contentType, body}], "drop": bool, "training": bool}
    -> {"text": ...} or {"error": ...}
{"op": "parse", "text": ...} -> {"messages": [{role, name, recipient, channel, contentType, body}]} or {"error": ...}
{"op": "specials"} -> {"specials": [...]}
"""

import json
import sys

from openai_harmony import Author, Conversation, HarmonyEncodingName, Message, RenderConversationConfig, Role
from openai_harmony import TextContent, load_harmony_encoding

encoding = load_harmony_encoding(HarmonyEncodingName.HARMONY_GPT_OSS)


def to_message(m):
    return Message(
        author=Author(role=Role(m["role"]), name=m["name"]),
        content=[TextContent(text=m["body"])],
        channel=m["channel"],
        recipient=m["recipient"],
        content_type=m["contentType"],
    )


def render(question):
    conversation = Conversation.from_messages([to_message(m) for m in question["messages"]])
    config = RenderConversationConfig(auto_drop_analysis=question["drop"])
    training = question["training"]
    write = encoding.render_conversation_for_training if training else encoding.render_conversation
    return {"text": encoding.decode_utf8(write(conversation, config))}


def parse(question):
    tokens = encoding.encode(question["text"], allowed_special="all")
    return {
        "messages": [
            {
                "role": m.author.role.value,
                "name": m.author.name,
                "recipient": m.recipient,
                "channel": m.channel,
                "contentType": m.content_type,
                "body": "".join(c.text for c in m.content),
            }
            for m in encoding.parse_messages_from_completion_tokens(tokens)
        ]
    }


def answer(question):
    if question["op"] == "specials":
        return {"specials": sorted(encoding.special_tokens_set)}
    return render(question) if question["op"] == "render" else parse(question)


for line in sys.stdin:
    try:
        result = answer(json.loads(line))
    except Exception as error:  # the reference's own refusals are answers too
        result = {"error": str(error)}
    print(json.dumps(result), flush=True)
