"""torchtitan (Liang et al. 2024) as the engine of a run: for pipelines, context parallelism and FP8. On GPUs only.

__main__.py          a run's folder made ready for it, and its last checkpoint turned into the run's model
config_registry.py   the run as torchtitan's configuration, where its `--module oscine.model.titan` looks for it
dataloader.py        our rows as torchtitan reads them

Tokens, tokenizer, shape and the exported folder are those of every run; optimizer, checkpoints and kernels are torchtitan's.
Written for torchtitan 0.3.0 and PyTorch 2.15, which are no dependencies of ours: `pip install torchtitan==0.3.0 torch==2.15.0` where it is to run.
"""
