// The engine's only function.
#pragma once

// The answer to a request, both JSON in UTF-8: {"ask": "loss", "logits": [4, 2, 1], "labels": 0}. It is valid until the
// next call. Errors are answers too: {"error": "a sentence", "code": "invalid_argument"}.
extern "C" const char* logitape_playground(const char* request);
