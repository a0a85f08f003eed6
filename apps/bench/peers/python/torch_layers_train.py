"""Trains in snnTorch or SpikingJelly by their own layers and surrogates, for comparison.

`torch_layers_train.py specification library`. The step is that of torch_layers_step.py, with the same checks; the
training is that of torch_train.py.
"""

import torch_layers_step as layers
import torch_train

FORMS = layers.forms()
layers.ready(FORMS)
torch_train.serve(FORMS)
