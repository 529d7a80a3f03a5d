"""Adam (Kingma and Ba, 2015) with decoupled weight decay."""

import jax
import jax.numpy as jnp


def new_moments(parameters):
    zeros = jax.tree.map(jnp.zeros_like, parameters)
    return zeros, zeros


def falling(rate, step, steps):
    """The rate at a step of so many, in which it falls to 0 by a cosine."""
    return rate * 0.5 * (1 + jnp.cos(jnp.pi * step / steps))


def update(parameters, moments, gradients, step, rate, decay):
    """The parameters and the moments after a step."""
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, moments[0], gradients)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, moments[1], gradients)

    def update_one(p, m, v):
        m_hat = m / (1 - 0.9 ** (step + 1))
        v_hat = v / (1 - 0.999 ** (step + 1))
        return p - rate * (m_hat / (jnp.sqrt(v_hat) + 1e-8) + decay * p)

    return jax.tree.map(update_one, parameters, first, second), (first, second)
