/* A home of one pipe, fast enough to be lived through a million times: the physics of
 * gezhi.home.pipes and the manners of gezhi.home.simulate, for benchmarks/hotwater_fit.py alone.
 *
 * A network weighs every moment at which a purge is possible. `sample` lives with it and, at random
 * such moments, lives on both ways, purging at once and some minutes later, for the same draws to
 * come; what is different after a while is what the next network learns from.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WATER 4180.0 /* J/(L K) */
#define PARCELS 1024
#define OPEN 32
#define INPUTS 6 /* of the water's state, behind the features */
#define ROW (4 + INPUTS)

typedef struct {
    double litres, cooling_seconds, room, mains, supply, hot, ignition_flow, ignition_seconds;
    double pump_flow, lag, warm, rest_seconds, kilowatts;
} Home;

typedef struct {
    double litres[PARCELS], above[PARCELS]; /* a ring, from the far end to the near one */
    int first, count;
    double scale, sum;
} Pipe;

typedef struct {
    Pipe pipe;
    double probe, heat, burning, hot_litres, cold_litres;
    int now, next_draw, next_ask, open, draw[OPEN], until[OPEN], came[OPEN], waited[OPEN];
    int running, began, ended, held_until, spoilt;
} State;

typedef struct {
    const Home *home;
    int draws;
    const int *at;
    const double *flow;
    const int *seconds;
    int asks;
    const int *ask_at;
    const uint8_t *event; /* whether the ask comes with a draw or a cue */
    int first, second;    /* sizes of the hidden layers; first 0: purge at every event */
    const float *known;   /* of each ask: what the features add to the first layer */
    const float *state_weights, *second_weights, *second_biases, *last_weights, *last_biases;
    double price, ceiling;
} World;

static uint64_t seed_of_all;

static double chance(void) {
    seed_of_all ^= seed_of_all << 13;
    seed_of_all ^= seed_of_all >> 7;
    seed_of_all ^= seed_of_all << 17;
    return (double)(seed_of_all >> 11) / 9007199254740992.0;
}

/* ---- the pipe -------------------------------------------------------------------------------- */

static void renew(Pipe *pipe) {
    for (int i = 0; i < pipe->count; i++) pipe->above[(pipe->first + i) % PARCELS] *= pipe->scale;
    pipe->sum *= pipe->scale;
    pipe->scale = 1;
}

static void stand(const Home *home, Pipe *pipe, double seconds) {
    pipe->scale *= exp(-seconds / home->cooling_seconds);
    if (pipe->scale < 1e-6) renew(pipe);
}

static double far_end(const Home *home, const Pipe *pipe) {
    return home->room + pipe->scale * pipe->above[pipe->first];
}

static double leave(const Home *home, Pipe *pipe, double litres) {
    double left = litres, taken = 0;
    for (;;) {
        int i = pipe->first;
        if (pipe->litres[i] > left) {
            pipe->litres[i] -= left;
            taken += left * pipe->above[i];
            break;
        }
        taken += pipe->litres[i] * pipe->above[i];
        left -= pipe->litres[i];
        pipe->first = (i + 1) % PARCELS;
        pipe->count--;
        if (left <= 1e-12 || pipe->count == 0) {
            if (left > 0) taken += left * pipe->above[i];
            break;
        }
    }
    pipe->sum -= taken;
    return home->room + pipe->scale * taken / litres;
}

static void enter(const Home *home, Pipe *pipe, double litres, double celsius) {
    double above = (celsius - home->room) / pipe->scale;
    pipe->sum += litres * above;
    if (pipe->count > 0) { /* water as warm as the last to a five-hundredth is one with it */
        int i = (pipe->first + pipe->count - 1) % PARCELS;
        if (fabs(pipe->above[i] - above) * pipe->scale < 0.002) {
            double both = pipe->litres[i] + litres;
            pipe->above[i] = (pipe->above[i] * pipe->litres[i] + above * litres) / both;
            pipe->litres[i] = both;
            return;
        }
    }
    int i = (pipe->first + pipe->count) % PARCELS;
    pipe->litres[i] = litres;
    pipe->above[i] = above;
    pipe->count++;
}

/* ---- the decision ---------------------------------------------------------------------------- */

static void describe(const World *world, const State *state, float *found) {
    const Home *home = world->home;
    double warmth = (state->probe - home->room) / (home->supply - home->room);
    double rested = (state->now - state->ended) / 3600.0;
    found[0] = (float)warmth;
    found[1] = (float)(warmth * warmth);
    found[2] = (float)log(world->price / 10);
    found[3] = (float)fmin(1, rested);
    found[4] = (float)fmin(1, state->hot_litres / home->litres);
    found[5] = (float)fmin(1, state->cold_litres);
}

static int wants(const World *world, const State *state, int ask) {
    if (world->first == 0) return world->event[ask] && state->probe < 39.5;
    float inputs[INPUTS], one[512], two[256], saved = world->last_biases[0];
    float tenths = world->last_biases[1];
    describe(world, state, inputs);
    for (int j = 0; j < world->first; j++) {
        float sum = world->known[(size_t)ask * world->first + j];
        for (int i = 0; i < INPUTS; i++) sum += inputs[i] * world->state_weights[i * world->first + j];
        one[j] = sum > 0 ? sum : 0;
    }
    for (int j = 0; j < world->second; j++) two[j] = world->second_biases[j];
    for (int i = 0; i < world->first; i++)
        for (int j = 0; one[i] > 0 && j < world->second; j++)
            two[j] += one[i] * world->second_weights[i * world->second + j];
    for (int j = 0; j < world->second; j++)
        if (two[j] > 0) {
            saved += two[j] * world->last_weights[2 * j];
            tenths += two[j] * world->last_weights[2 * j + 1];
        }
    return saved > world->price * fmax(0.0002, tenths / 10);
}

static int possible(const World *world, const State *state) {
    const Home *home = world->home;
    return !state->running && state->now - state->ended >= home->rest_seconds &&
           state->probe < fmin(world->ceiling, home->warm);
}

static void purge(State *state) {
    state->running = 1;
    state->began = state->now;
    state->hot_litres = state->cold_litres = 0;
}

/* ---- time ------------------------------------------------------------------------------------ */

static void move_water(const World *world, State *state) {
    const Home *home = world->home;
    Pipe *pipe = &state->pipe;
    double drawn = 0, pumped = state->running ? home->pump_flow : 0;
    for (int k = 0; k < state->open; k++) drawn += world->flow[state->draw[k]];
    double total = drawn + pumped, litres = total / 60;
    stand(home, pipe, 0.5);
    double leaving = leave(home, pipe, litres);
    double inlet = (drawn * home->mains + pumped * leaving) / total, entering = inlet;
    if (total < home->ignition_flow) {
        state->burning = 0;
    } else if (++state->burning > home->ignition_seconds) {
        double joules = litres * WATER * (home->supply - inlet);
        joules = fmin(fmax(joules, 0), home->kilowatts * 1000);
        state->heat += joules;
        entering = inlet + joules / (litres * WATER);
    }
    if (!state->running && total < home->ignition_flow) state->cold_litres += litres;
    if (!state->running && total >= home->ignition_flow) state->hot_litres += litres;
    enter(home, pipe, litres, entering);
    stand(home, pipe, 0.5);
    double end = far_end(home, pipe);
    state->probe = end + (state->probe - end) * exp(-1 / home->lag);
    state->now++;
    int warm = state->now % 2 == 0 && state->probe >= home->warm;
    if (state->running && (warm || state->now - state->began > 290)) {
        state->running = 0;
        state->ended = state->now;
    }
    for (int k = 0; k < state->open;) {
        if (!state->came[k]) {
            if (leaving >= home->hot) state->came[k] = 1;
            else state->waited[k]++;
        }
        if (state->now < state->until[k]) {
            k++;
            continue;
        }
        if (world->flow[state->draw[k]] >= home->ignition_flow)
            state->spoilt += !(state->came[k] && state->waited[k] < 5);
        int last = --state->open;
        state->draw[k] = state->draw[last];
        state->until[k] = state->until[last];
        state->came[k] = state->came[last];
        state->waited[k] = state->waited[last];
    }
}

static void let_stand(const World *world, State *state, int end) {
    const Home *home = world->home;
    int until = end;
    if (state->next_draw < world->draws && world->at[state->next_draw] < until)
        until = world->at[state->next_draw];
    if (state->next_ask < world->asks && world->ask_at[state->next_ask] < until)
        until = world->ask_at[state->next_ask];
    if (until <= state->now) until = state->now + 1;
    double seconds = until - state->now, tau = home->cooling_seconds;
    double above = far_end(home, &state->pipe) - home->room, gone = exp(-seconds / home->lag);
    state->probe = home->room + (state->probe - home->room) * gone +
                   tau / (tau - home->lag) * above * (exp(-seconds / tau) - gone);
    stand(home, &state->pipe, seconds);
    state->burning = 0;
    state->now = until;
}

/* Live until `end`; or, with a share to look at, until a moment that is picked: its ask, else -1. */
static int live(const World *world, State *state, int end, double share, double whim) {
    while (state->now < end) {
        int ask = -1, event = 0;
        while (state->next_draw < world->draws && world->at[state->next_draw] <= state->now) {
            if (state->open < OPEN) {
                int k = state->open++;
                state->draw[k] = state->next_draw;
                state->until[k] = state->now + world->seconds[state->next_draw];
                state->came[k] = state->waited[k] = 0;
            }
            state->next_draw++;
        }
        while (state->next_ask < world->asks && world->ask_at[state->next_ask] <= state->now) {
            ask = state->next_ask++;
            event |= world->event[ask];
        }
        if (event) state->held_until = 0;
        if (ask >= 0 && possible(world, state)) {
            if (share > 0 && chance() < (world->event[ask] ? 4 * share : share)) return ask;
            int yes = state->held_until <= state->now && wants(world, state, ask);
            if (whim > 0 && chance() < whim) yes = !yes;
            if (yes) purge(state);
        }
        if (state->open || state->running) move_water(world, state);
        else let_stand(world, state, end);
    }
    return -1;
}

/* Rows of: ask, the six numbers of the water, spoilt draws avoided, waits (unused), kWh more. */
int sample(const World *world, int begin, int end, double share, double whim, int put_off,
           int horizon, double worth, uint64_t seed, int most, float *rows) {
    State *state = calloc(1, sizeof *state), *now = malloc(sizeof *now), *later = malloc(sizeof *now);
    const Home *home = world->home;
    state->pipe.count = 1;
    state->pipe.litres[0] = home->litres;
    state->pipe.scale = 1;
    state->probe = home->room;
    state->now = begin;
    seed_of_all = seed * 2654435761u + 88172645463325252ull;
    int count = 0, ask;
    while (count < most && (ask = live(world, state, end - horizon, share, whim)) >= 0) {
        float *row = rows + (size_t)count++ * ROW;
        row[0] = (float)ask;
        describe(world, state, row + 1);
        memcpy(now, state, sizeof *state);
        memcpy(later, state, sizeof *state);
        purge(now);
        live(world, now, state->now + horizon, 0, 0);
        later->held_until = state->now + put_off;
        live(world, later, state->now + horizon, 0, 0);
        double left = now->pipe.scale * now->pipe.sum - later->pipe.scale * later->pipe.sum;
        row[1 + INPUTS] = (float)(later->spoilt - now->spoilt);
        row[2 + INPUTS] = 0;
        row[3 + INPUTS] = (float)((now->heat - later->heat - worth * left * WATER) / 3.6e6);
        int yes = wants(world, state, ask);
        if (whim > 0 && chance() < whim) yes = !yes;
        if (yes) purge(state);
    }
    free(state);
    free(now);
    free(later);
    return count;
}
