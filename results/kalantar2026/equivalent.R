# Custom 3D-printed implants for segmental defects of tibia and femur. Outcome: Union. The
# main analysis in R.
#
# Packages: meta (8 or later: its HK safeguards and prediction intervals have these
# names), metafor, lme4; VGAM and brms (2.17 or later) where they are installed.
#
# Written from the stored records; it was not run when it was written. Differences in the
# last printed digit are the optimiser's; those of brms are Monte Carlo error.

studies <- data.frame(
  study = c(
    "Attias et al. 2018", "Gamielidien et al. 2023", "Chen et al. 2024a", "Ma et al. 2023",
    "Gavaskar et al. 2020", "Attias and Lindsey 2006", "Tetsworth et al. 2019",
    "Wu et al. 2022", "Hou et al. 2020", "Chen et al. 2024b", "Lodewijks et al. 2024",
    "Liu et al. 2022a", "Caravelli et al. 2022", "Beatti et al. 2022", "Liu et al. 2024",
    "Liu et al. 2025", "Liu et al. 2022b"
  ),
  events = c(14, 9, 12, 23, 21, 3, 5, 9, 5, 10, 3, 11, 4, 6, 6, 14, 14),
  total = c(15, 9, 13, 23, 21, 3, 5, 9, 5, 11, 3, 11, 4, 6, 8, 14, 14),
  stringsAsFactors = FALSE
)
studies$row <- factor(seq_len(nrow(studies)))

# Two steps: logits of the studies, their weighted mean. Estimand: typical rate.
library(meta)

in_percent <- function(m) {
  ends <- c(m$TE.random, m$lower.random, m$upper.random, m$lower.predict, m$upper.predict)
  c(setNames(100 * plogis(ends), c("rate", "low", "high", "next low", "next high")), tau2 = m$tau2)
}

# Expected (logit: the usual method), typical rate: 92.4089 % [89.0155 %, 94.8150 %]
# hartung-knapp; next study 86.2968 % to 95.9236 %; tau2 0.000000
usual <- metaprop(
  event = events, n = total, studlab = study, data = studies,
  sm = "PLOGIT", method = "Inverse", method.incr = "only0", incr = 0.5,
  method.tau = "DL", method.random.ci = "HK", adhoc.hakn.ci = "",
  prediction = TRUE, method.predict = "V", level.ma = 0.95, level.predict = 0.95
)
print(in_percent(usual))

# Expected (Hartung-Knapp, safeguard se), typical rate: 92.4089 % [86.2968 %, 95.9236 %]
# hartung-knapp; next study 86.2968 % to 95.9236 %; tau2 0.000000
usual_safe <- metaprop(
  event = events, n = total, studlab = study, data = studies,
  sm = "PLOGIT", method = "Inverse", method.incr = "only0", incr = 0.5,
  method.tau = "DL", method.random.ci = "HK", adhoc.hakn.ci = "se",
  prediction = TRUE, method.predict = "V", level.ma = 0.95, level.predict = 0.95
)
print(in_percent(usual_safe))

# Expected (REML), typical rate: 92.4089 % [89.0155 %, 94.8150 %] hartung-knapp; next
# study 86.2968 % to 95.9236 %; tau2 0.000000
reml <- metaprop(
  event = events, n = total, studlab = study, data = studies,
  sm = "PLOGIT", method = "Inverse", method.incr = "only0", incr = 0.5,
  method.tau = "REML", method.random.ci = "HK", adhoc.hakn.ci = "",
  prediction = TRUE, method.predict = "V", level.ma = 0.95, level.predict = 0.95
)
print(in_percent(reml))

# Expected (REML, safeguard se; its tau2 is the one above, and so are its weights),
# typical rate: 92.4089 % [86.2968 %, 95.9236 %] hartung-knapp; next study 86.2968 % to
# 95.9236 %; tau2 0.000000
reml_safe <- metaprop(
  event = events, n = total, studlab = study, data = studies,
  sm = "PLOGIT", method = "Inverse", method.incr = "only0", incr = 0.5,
  method.tau = "REML", method.random.ci = "HK", adhoc.hakn.ci = "se",
  prediction = TRUE, method.predict = "V", level.ma = 0.95, level.predict = 0.95
)
print(in_percent(reml_safe))

library(metafor)

# The same by metafor: usual method, then safeguarded REML (its name is adhoc).
effects <- escalc(measure = "PLO", xi = events, ni = total, data = studies,
  add = 0.5, to = "only0")
by_metafor <- rma(yi, vi, data = effects, method = "DL", test = "knha", level = 100 * 0.95)
print(100 * plogis(c(by_metafor$beta, by_metafor$ci.lb, by_metafor$ci.ub)))

effects <- escalc(measure = "PLO", xi = events, ni = total, data = studies,
  add = 0.5, to = "only0")
by_metafor_safe <- rma(yi, vi, data = effects, method = "REML", test = "adhoc", level = 100 * 0.95)
print(100 * plogis(c(by_metafor_safe$beta, by_metafor_safe$ci.lb, by_metafor_safe$ci.ub)))

# Models of the counts: nothing is added to any study. Intervals in the records are by
# profile likelihood, which these calls do not give.
library(lme4)

# Expected (GLMM), typical rate: 97.8265 % [94.0753 %, 99.8628 %] profile; next study
# 79.2559 % to 99.8118 %; tau2 0.711591
# More than the usual 7 quadrature points: with 7 tau2 is off in its third digit.
binomial_normal <- glmer(cbind(events, total - events) ~ 1 + (1 | row), data = studies,
  family = binomial, nAGQ = 25)
print(c(typical = 100 * plogis(as.numeric(fixef(binomial_normal))),
  tau2 = as.numeric(VarCorr(binomial_normal)$row[1])))

if (requireNamespace("VGAM", quietly = TRUE)) {

library(VGAM)

# Expected (beta-binomial), average rate: 97.0157 % [91.5778 %, 99.0354 %] profile; next
# study 90.0238 % to 99.8714 %; rho 0.024439
beta_rates <- vglm(cbind(events, total - events) ~ 1, betabinomial,
  data = studies)
print(c(average = 100 * plogis(coef(beta_rates)[[1]]), rho = plogis(coef(beta_rates)[[2]])))

}

# Bayesian models: minutes, most of them for the compiler of Stan.
if (requireNamespace("brms", quietly = TRUE)) {

library(brms)

summarise <- function(rate) {
  ends <- quantile(rate, c(0.025, 0.5, 0.975))
  above <- vapply(thresholds, function(t) mean(rate > t), 0)
  list(percent = 100 * c(mean = mean(rate), ends), above = setNames(above, thresholds))
}
thresholds <- c(0.8, 0.85, 0.9, 0.95)

# logit-normal, model logit_normal
# mu: logistic with location 0 and scale 1 (95 % between -3.66 and 3.66)
# tau: half-normal with scale 1 (95 % below 1.96)
logit_normal <- brm(events | trials(total) ~ 1 + (1 | row), data = studies,
  family = binomial(),
  prior = c(prior(logistic(0, 1), class = Intercept), prior(normal(0, 1), class = sd)),
  chains = 4, iter = 5000, warmup = 1000, seed = 1,
  control = list(adapt_delta = 0.99), refresh = 0
)

# Expected, average rate (exact engine): mean 96.102 %, median 96.456 %, equal-tailed
# 91.381 % to 98.698 %, P(> 0.8) = 0.99985, P(> 0.85) = 0.99882, P(> 0.9) = 0.98799, P(>
# 0.95) = 0.77919
# Expected, rate in the next study (exact engine): mean 96.102 %, median 97.127 %,
# equal-tailed 85.495 % to 99.727 %, P(> 0.8) = 0.98670, P(> 0.85) = 0.97657, P(> 0.9) =
# 0.94875, P(> 0.95) = 0.79137
draws <- as.matrix(logit_normal,
  variable = c("b_Intercept", "sd_row__Intercept"))
mu <- draws[, 1]
tau <- draws[, 2]
z <- qnorm(ppoints(1001))
average <- vapply(seq_along(mu), function(i) mean(plogis(mu[i] + tau[i] * z)), 0)
print(summarise(average))
set.seed(1)
print(summarise(plogis(rnorm(length(mu), mu, tau))))

# beta-binomial, model beta_binomial
# average: beta with alpha 1 and beta 1 (95 % between 0.0250 and 0.975)
# rho: beta with alpha 1 and beta 9 (95 % below 0.283)
beta_binomial_fit <- brm(events | trials(total) ~ 1, data = studies,
  family = beta_binomial(),
  prior = c(set_prior("", class = "Intercept"), set_prior("", class = "phi")),
  stanvars = stanvar(scode = paste(
    "target += 1 * log_inv_logit(Intercept) + 1 * log1m_inv_logit(Intercept);",
    "target += 8 * log(phi) - 10 * log1p(phi);"), block = "model"),
  chains = 4, iter = 5000, warmup = 1000, seed = 1,
  control = list(adapt_delta = 0.99), refresh = 0
)

# Expected, average rate (exact engine): mean 95.696 %, median 96.064 %, equal-tailed
# 90.619 % to 98.629 %, P(> 0.8) = 0.99992, P(> 0.85) = 0.99893, P(> 0.9) = 0.98255, P(>
# 0.95) = 0.69772
# Expected, rate in the next study (exact engine): mean 95.696 %, median 97.728 %,
# equal-tailed 77.945 % to 100.000 %, P(> 0.8) = 0.96907, P(> 0.85) = 0.94535, P(> 0.9) =
# 0.89168, P(> 0.95) = 0.73056
draws <- as.matrix(beta_binomial_fit, variable = c("b_Intercept", "phi"))
average <- plogis(draws[, 1])
phi <- draws[, 2]
print(summarise(average))
set.seed(1)
print(summarise(rbeta(length(average), average * phi, (1 - average) * phi)))

}
