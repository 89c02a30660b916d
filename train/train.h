// What a training loop needs: all of train/.
#pragma once
#include "logitape/train/adam.h"
#include "logitape/train/data.h"
#include "logitape/train/initialise.h"
#include "logitape/train/layers.h"
#include "logitape/train/metrics.h"
#include "logitape/train/module.h"
#include "logitape/train/parameter.h"
#include "logitape/train/sequential.h"
#include "logitape/train/sgd.h"
