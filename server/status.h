/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pages for operators: /healthz and /metrics. */
#ifndef COMMONWEAL_STATUS_H
#define COMMONWEAL_STATUS_H
#include "route.h"

extern const struct route status_routes[];

#endif
