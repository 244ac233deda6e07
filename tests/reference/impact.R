# SPDX-License-Identifier: GPL-3.0-or-later
# The numbers with which tests/unit/test_impact.c compares modules/metrics/impact*.c.
#
#   apt-get install r-base-core r-cran-mass r-cran-sandwich r-cran-strucchange
#   Rscript tests/reference/impact.R >tests/fixtures/metrics/impact-reference.tsv
#
# Not part of `check`: only to be run when a case is added. A line is the name, the
# value to 12 digits, and the expression that gave it, separated by tabs.
suppressMessages({ library(MASS); library(sandwich); library(strucchange) })
folder <- "tests/fixtures/metrics/"
put <- function(name, expr) {
	text <- paste(trimws(deparse(substitute(expr), width.cutoff = 500)), collapse = " ")
	value <- as.numeric(expr)
	for (i in seq_along(value))
		cat(sprintf("%s%s\t%.12g\t%s\n", name, if (length(value) > 1) paste0(".", i) else "", value[i], text))
}
cat("# R", as.character(getRversion()), "MASS", as.character(packageVersion("MASS")),
	"sandwich", as.character(packageVersion("sandwich")),
	"strucchange", as.character(packageVersion("strucchange")), "\n")
exact <- glm.control(epsilon = 1e-14, maxit = 200)

# ---- exact ratios: poisson.test(c(after, before), c(T after, T before)) ----
ratio <- function(name, x1, t1, x2, t2) {
	r <- poisson.test(c(x1, x2), c(t1, t2))
	put(paste0(name, ".ratio"), r$estimate)
	put(paste0(name, ".low"), r$conf.int[1])
	put(paste0(name, ".high"), r$conf.int[2])
	put(paste0(name, ".p"), r$p.value)
}
ratio("ratio.a", 31, 12, 63, 12)
ratio("ratio.b", 15, 24, 40, 36)
ratio("ratio.c", 0, 12, 7, 12)
ratio("ratio.d", 7, 12, 0, 12)
ratio("ratio.e", 212, 5, 465, 5)
ratio("ratio.f", 51234, 3.5, 60321, 4.25)
ratio("ratio.g", 3, 7, 2, 5)
ratio("ratio.h", 499000, 1, 501000, 1)
ratio("ratio.i", 2, 1, 900000, 410000)

# ---- interrupted time series: Seatbelts ----
s <- read.csv(paste0(folder, "seatbelts.csv"))
s$month <- factor(s$month)
s$s1 <- sin(2*pi*s$t/12); s$c1 <- cos(2*pi*s$t/12); s$s2 <- sin(4*pi*s$t/12); s$c2 <- cos(4*pi*s$t/12)
case <- function(name, m, nb = FALSE, lag = 4) {
	k <- length(coef(m)); df <- m$df.residual
	phi <- sum(residuals(m, "pearson")^2)/df
	scale <- if (nb) 1 else phi
	V <- summary(m, dispersion = 1)$cov.scaled
	H <- NeweyWest(m, lag = lag, prewhite = FALSE, adjust = FALSE)
	A <- NeweyWest(m, lag = lag, prewhite = FALSE, adjust = TRUE)
	put(paste0(name, ".coef"), coef(m))
	put(paste0(name, ".se_poisson"), sqrt(diag(V)))
	put(paste0(name, ".se"), sqrt(scale*diag(V)))
	put(paste0(name, ".se_hac"), sqrt(diag(H)))
	put(paste0(name, ".deviance"), deviance(m))
	put(paste0(name, ".pearson"), sum(residuals(m, "pearson")^2))
	put(paste0(name, ".dispersion"), phi)
	put(paste0(name, ".aic"), AIC(m))
	put(paste0(name, ".loglik"), logLik(m))
	wide <- function(v) sqrt(max(scale * t(v) %*% V %*% v, t(v) %*% A %*% v))
	unit <- as.numeric(names(coef(m)) == "law"); se <- wide(unit); b <- coef(m)["law"]
	put(paste0(name, ".step"), exp(b + c(0, -1, 1) * qt(.975, df) * se))
	put(paste0(name, ".step_p"), 2*pt(-abs(b/se), df))
	X <- model.matrix(m); X[, names(coef(m)) %in% c("law", "tpost")] <- 0
	off <- if (is.null(m$offset)) 0 else m$offset
	mu0 <- exp(off + X %*% coef(m)); i <- which(s$law == 1)
	put(paste0(name, ".counterfactual170"), mu0[170])
	put(paste0(name, ".band170"), mu0[170] * exp(c(-1, 1) * qt(.975, df) * wide(X[170, ])))
	put(paste0(name, ".fitted170"), fitted(m)[170])
	g <- colSums(mu0[i] * X[i, , drop = FALSE])/sum(mu0[i])
	put(paste0(name, ".expected"), sum(mu0[i]) * exp(c(0, -1, 1) * qt(.975, df) * wide(g)))
	e <- residuals(m, "pearson")
	put(paste0(name, ".dw"), sum(diff(e)^2)/sum(e^2))
	put(paste0(name, ".acf"), acf(e, 12, plot = FALSE)$acf[2:13])
	put(paste0(name, ".ljung_box"), Box.test(e, 12, "Ljung-Box")$statistic)
	put(paste0(name, ".ljung_box_p"), Box.test(e, 12, "Ljung-Box")$p.value)
	if (nb) { put(paste0(name, ".theta"), m$theta); put(paste0(name, ".theta_se"),
		attr(theta.ml(m$y, fitted(m), limit = 200, eps = 1e-10), "SE")) } # glm.nb itself stops earlier
}
nb <- function(formula) glm.nb(formula, s, control = glm.control(epsilon = 1e-11, maxit = 200))
case("its.a", glm(DriversKilled ~ law+t+s1+c1+s2+c2, poisson, s, control = exact))
case("its.b", glm(DriversKilled ~ law+t+tpost+s1+c1+s2+c2, poisson, s, control = exact))
case("its.c", glm(DriversKilled ~ offset(log(kms))+law+t+month, poisson, s, control = exact))
case("its.n", nb(DriversKilled ~ law+t+s1+c1+s2+c2), TRUE)
case("its.o", nb(DriversKilled ~ offset(log(kms))+law+t+tpost+month), TRUE, 7)
case("its.p", glm(DriversKilled ~ law+t, poisson, s, control = exact), lag = 0)
q <- summary(glm(DriversKilled ~ t+I(t^2)+s1+c1+s2+c2, quasipoisson, s, subset = t < 170, control = exact))
put("its.a.curve_p", coef(q)["I(t^2)", "Pr(>|t|)"])
# With holes: periods 5, 60..64 and 180 not reported.
h <- s[-c(5, 60:64, 180), ]
m <- glm(DriversKilled ~ law+t+s1+c1+s2+c2, quasipoisson, h, control = exact)
put("its.h.coef", coef(m)); put("its.h.se", sqrt(diag(vcov(m))))
# Scores of absent periods are 0 (no such choice in sandwich, so by hand).
X <- matrix(0, 192, length(coef(m))); X[h$t, ] <- model.matrix(m) * (h$DriversKilled - fitted(m))
M <- crossprod(X); for (l in 1:4) { G <- crossprod(X[1:(192-l), ], X[(1+l):192, ]); M <- M + (1-l/5)*(G+t(G)) }
B <- summary(m)$cov.unscaled
put("its.h.se_hac", sqrt(diag(B %*% M %*% B)))

# ---- sup-F ----
breaks <- function(name, y, trend = FALSE, trim = .15) {
	t <- seq_along(y); f <- if (trend) y ~ t else y ~ 1
	F <- Fstats(f, from = trim)
	put(paste0(name, ".sup_f"), max(F$Fstats))
	put(paste0(name, ".p"), sctest(F, type = "supF")$p.value)
	put(paste0(name, ".break"), F$breakpoint)
	put(paste0(name, ".count"), length(F$Fstats))
	put(paste0(name, ".first"), F$Fstats[1])
	put(paste0(name, ".last"), F$Fstats[length(F$Fstats)])
	b <- confint(breakpoints(f, h = trim), breaks = 1)$confint
	put(paste0(name, ".interval"), b[c(1, 3)])
	put(paste0(name, ".mean"), c(mean(y[t <= F$breakpoint]), mean(y[t > F$breakpoint])))
	e <- unlist(lapply(split(t, t > F$breakpoint), function(i) residuals(if (trend) lm(y[i] ~ i) else lm(y[i] ~ 1))))
	put(paste0(name, ".dw"), sum(diff(e)^2)/sum(e^2))
}
u <- read.csv(paste0(folder, "ucr_1975_2015.csv"))
boston <- u$homicides[u$place == "Boston"]
nile <- read.csv(paste0(folder, "nile.csv"))$flow
breaks("break.nile", nile)
breaks("break.nile_trend", nile, TRUE)
breaks("break.boston", boston)
breaks("break.boston_log_trend", log(boston), TRUE)
breaks("break.killed", s$DriversKilled, FALSE, .1)
weak <- 100 + 10*sin((1:40)^2) + 6*((1:40) > 22)
breaks("break.weak", weak)
breaks("break.weak_trend", weak, TRUE, .2)

w <- u[u$place == "Boston", ]; before <- w$year %in% 1991:1995; after <- w$year %in% 1997:2001
ratio("ratio.boston", sum(w$homicides[after]), sum(w$population[after]), sum(w$homicides[before]), sum(w$population[before]))

# ---- Boston against the other cities, 1991-95 and 1997-2001 ----
w <- u[u$year %in% c(1991:1995, 1997:2001), ]
full <- names(which(tapply(!is.na(w$homicides) & !is.na(w$population) & w$homicides > 0, w$place, sum) == 10))
w <- w[w$place %in% full, ]; w$post <- w$year >= 1997
change <- function(y) tapply(y[w$post], w$place[w$post], mean) - tapply(y[!w$post], w$place[!w$post], mean)
a <- change(log(w$homicides/w$population)); n <- length(a); own <- which(names(a) == "Boston")
d <- sapply(1:n, function(i) a[i] - mean(a[-i]))
w$treated <- w$place == "Boston" & w$post
put("compare.donors", n - 1)
put("compare.did", coef(lm(log(homicides/population) ~ treated+place+factor(year), w))["treatedTRUE"])
put("compare.own", exp(a[own])); put("compare.others", exp(mean(a[-own])))
put("compare.rank_fall", rank(d)[own]); put("compare.p_fall", rank(d)[own]/n)
put("compare.rank_any", rank(-abs(d))[own])
put("compare.interval", exp(d[own] - sort(d[-own])[c(n - 1, 1)]))
put("compare.poisson", coef(glm(homicides ~ treated+place+factor(year)+offset(log(population)), poisson, w,
	control = exact))["treatedTRUE"])
pool <- function(i) sum(w$homicides[i])/sum(w$population[i])
b <- w$place == "Boston"
put("compare.own_pooled", pool(b & w$post)/pool(b & !w$post))
put("compare.others_pooled", pool(!b & w$post)/pool(!b & !w$post))
