#!/usr/bin/env bash
# The whole loop on two CPU cores in about 20 minutes: posts → corpus → tokenizer → model → GGUF → a server that drafts posts.
#
#   bash runs/tiny.sh              # BUDGET=2m for a quick look
#
# It learns from the sample network that comes with Oscine (32,509 posts that may be shared). The model writes; it was not taught to answer.
set -euo pipefail
cd "$(dirname "$0")/.."
make --silent train
export OSCINE_DATA="${OSCINE_DATA:-$PWD/.tiny}" PATH="$PWD/.venv/bin:$PATH"
PORT="${PORT:-8431}"

# The posts, as they would come from any network.
oscine import --network sample src/oscine/sample/communities.jsonl.gz src/oscine/sample/tweetqa.jsonl.gz

# What a model may be trained on: permitted, cleaned, without doubles and personal data; the report says what was dropped and why.
oscine corpus build --name tiny --replace
oscine corpus verify tiny

# A tokenizer and a model from nothing. The budget is the one dial; cut off, it goes on when called again.
oscine train tiny --budget "${BUDGET:-14m}"

# Into the library, where llama.cpp serves it, and into use.
oscine models add tiny --as q8_0
oscine models use tiny
oscine models list

# Drafts on the command line, and the same through the server.
oscine write "I just" --drafts 3 --seed 1
oscine up --port "$PORT" --no-browser --no-sample &
SERVER=$!
trap 'kill $SERVER' EXIT
until curl --silent --fail "http://127.0.0.1:$PORT/healthz" > /dev/null; do sleep 1; done
curl --silent "http://127.0.0.1:$PORT/v1/drafts" --json '{"beginning": "The best", "drafts": 2, "seed": 1}'
echo
echo "The same in a browser: OSCINE_DATA=$OSCINE_DATA .venv/bin/oscine up, then open /write"
