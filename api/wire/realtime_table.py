"""What of the Realtime protocol is taken and told: the table in docs/realtime.md, checked against the code.

Each entry is (name, how it is treated, a word on it). `supported`: it does what it says. `kept`: it is checked, kept
and told, and changes nothing. `ignored`: it is passed over without a word. `refused`: an error answers it.
"""

from typing import Literal

How = Literal["supported", "kept", "ignored", "refused"]
Row = tuple[str, How, str]

CLIENT_EVENTS: tuple[Row, ...] = (
    ("session.update", "supported", "deep merge; answered with the whole session"),
    ("input_audio_buffer.append", "supported", "over WebSocket; a WebRTC call has its own line"),
    ("input_audio_buffer.commit", "supported", "from 100 ms of audio on"),
    ("input_audio_buffer.clear", "supported", ""),
    ("conversation.item.create", "supported", "see the items below"),
    ("conversation.item.retrieve", "supported", "with the caller's audio, while that is kept"),
    ("conversation.item.truncate", "supported", "finished and running items; the words that were heard stay"),
    ("conversation.item.delete", "supported", "refused in a call with an agent's file (`item_locked`)"),
    ("response.create", "supported", "in the conversation and out of band"),
    ("response.cancel", "supported", ""),
    ("output_audio_buffer.clear", "supported", "over WebRTC; refused where the client plays the sound"),
)
SESSION: tuple[Row, ...] = (
    ("type", "supported", "`realtime` or `transcription`; required, and cannot be changed"),
    ("model", "kept", "the address names it; another name is passed over"),
    ("output_modalities", "supported", '`["audio"]` or `["text"]`'),
    ("instructions", "supported", "an empty text puts the default back; an agent's file has its own"),
    (
        "tools",
        "supported",
        "functions (beside an agent's own, unless its file keeps them out); `mcp` with the extra, and not there",
    ),
    ("tool_choice", "supported", "also one function, or one tool of a server, by name"),
    ("max_output_tokens", "supported", "1 to 4096, or `inf`"),
    ("tracing", "kept", ""),
    ("truncation", "kept", "the newest 100 000 characters of a conversation are sent to the model"),
    ("prompt", "kept", ""),
    ("include", "supported", "`item.input_audio_transcription.logprobs`, where the recogniser gives them"),
    ("audio.input.format", "supported", "`audio/pcm` at 24 000 Hz, `audio/pcmu`, `audio/pcma`"),
    (
        "audio.input.transcription",
        "supported",
        "null: no transcripts are told; `language` is used, model and prompt kept",
    ),
    ("audio.input.noise_reduction", "kept", "the ear copes with noise by itself"),
    ("audio.input.turn_detection", "supported", "`server_vad`, `semantic_vad`, null"),
    ("audio.output.format", "supported", "as the input's"),
    ("audio.output.voice", "supported", "until the first sound; the settings of the service may fix it"),
    ("audio.output.speed", "supported", "0.25 to 1.5, where the voice's provider takes it"),
)
DETECTION: tuple[Row, ...] = (
    ("server_vad.threshold", "kept", "the ear adapts to the noise"),
    ("server_vad.prefix_padding_ms", "supported", "counted into `audio_start_ms`"),
    ("server_vad.silence_duration_ms", "supported", "an agent's file has its own"),
    ("server_vad.idle_timeout_ms", "supported", "in a client's own session; an agent's file has its own silences"),
    ("server_vad.create_response", "supported", ""),
    ("server_vad.interrupt_response", "supported", ""),
    ("semantic_vad.eagerness", "supported", "how long an unfinished sentence is waited for: 8, 4 or 2 s"),
    ("semantic_vad.create_response", "supported", ""),
    ("semantic_vad.interrupt_response", "supported", ""),
)
RESPONSE: tuple[Row, ...] = (
    ("instructions", "supported", "refused in a call with an agent's file"),
    ("output_modalities", "supported", ""),
    ("audio", "supported", "`output.format` and `output.voice`"),
    ("tools", "supported", "for this response, in the place of the session's; of its servers, which are offered"),
    ("tool_choice", "supported", ""),
    ("max_output_tokens", "supported", ""),
    ("metadata", "supported", "up to 16 texts, given back in `response.created` and `response.done`"),
    ("conversation", "supported", "`none`: out of band, four at once"),
    ("input", "supported", "items and references to items"),
    ("prompt", "ignored", ""),
    ("reasoning", "ignored", ""),
    ("parallel_tool_calls", "ignored", ""),
)
ITEMS: tuple[Row, ...] = (
    ("message (user): input_text", "supported", ""),
    ("message (user): input_audio", "supported", "transcribed, unless it has a `transcript`"),
    ("message (user): input_image", "refused", "the models of a chained pipeline read words"),
    ("message (system): input_text", "supported", "refused in a call with an agent's file"),
    ("message (assistant): output_text, output_audio", "supported", "the same"),
    ("function_call", "supported", "the same"),
    ("function_call_output", "supported", "of a call that is in the conversation"),
    ("mcp_approval_response", "supported", "of a call that waits for it"),
    ("mcp_list_tools, mcp_call, mcp_approval_request", "refused", "they are the service's to bring"),
)
SERVER_EVENTS: tuple[str, ...] = (
    "error", "session.created", "session.updated",
    "input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped", "input_audio_buffer.committed",
    "input_audio_buffer.cleared", "input_audio_buffer.timeout_triggered",
    "conversation.item.added", "conversation.item.done", "conversation.item.retrieved",
    "conversation.item.truncated", "conversation.item.deleted",
    "conversation.item.input_audio_transcription.delta", "conversation.item.input_audio_transcription.completed",
    "conversation.item.input_audio_transcription.failed",
    "response.created", "response.done", "response.output_item.added", "response.output_item.done",
    "response.content_part.added", "response.content_part.done", "response.output_text.delta",
    "response.output_text.done", "response.output_audio.delta", "response.output_audio.done",
    "response.output_audio_transcript.delta", "response.output_audio_transcript.done",
    "response.function_call_arguments.delta", "response.function_call_arguments.done",
    "output_audio_buffer.started", "output_audio_buffer.stopped", "output_audio_buffer.cleared",
    "mcp_list_tools.in_progress", "mcp_list_tools.completed", "mcp_list_tools.failed",
    "response.mcp_call_arguments.delta", "response.mcp_call_arguments.done", "response.mcp_call.in_progress",
    "response.mcp_call.completed", "response.mcp_call.failed",
)  # fmt: skip
UNSENT: tuple[tuple[str, str], ...] = (
    ("rate_limits.updated", "there are none to tell"),
    ("conversation.item.input_audio_transcription.segment", "no recogniser here tells speakers apart"),
    ("input_audio_buffer.dtmf_event_received", "no line here hears keys yet"),
    ("conversation.created, conversation.item.created", "of the beta; a client of the beta gets the second"),
)
