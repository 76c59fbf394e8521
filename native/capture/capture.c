// The evaluation callback of a capture in C: the twin of PythonCapture in edge_repair/patient/capture.py.
//
// llama.cpp asks it about every node of a graph, and hands over those that it wants to see. It copies the rows of wanted
// tokens and can end the graph once the last wanted activation has been seen. The structures below are mirrored in
// edge_repair/patient/native.py, which compares edge_repair_capture_layout with its own idea of them before it uses this.
//
// No library is linked: only the headers of llama.cpp are needed, and the one function that is called comes in by pointer.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ggml.h"

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

enum kind { INPUTS, KEYS, VALUES, RESIDUALS };

// What is wanted of one layer, and what has been copied of it.
struct slot {
    int32_t kind;
    int32_t layer;
    int64_t width; // of a row; 0 until the first was seen
    int64_t seen;  // tokens of the batch whose micro-batches have passed
    int64_t kept;  // rows copied
    float * rows;  // room for n_wanted rows, made when the width is known
};

struct capture {
    void (*read)(const struct ggml_tensor *, void *, size_t, size_t); // ggml_backend_tensor_get
    struct slot * slots;
    const int32_t * wanted; // numbers of tokens in the batch, ascending
    int32_t n_slots;        // 0: nothing is captured
    int32_t n_wanted;
    int32_t n_tokens;
    int32_t n_ubatch; // tokens of a micro-batch: a graph of its own each
    int32_t stop;     // end the graph when every slot has been seen in it
    int32_t events;   // slots seen so far
    char problem[128];
};

// Sizes and places in both programs' structures, in the order in which native.py compares them.
EXPORT const size_t edge_repair_capture_layout[] = {
    sizeof(struct ggml_tensor),       offsetof(struct ggml_tensor, type), offsetof(struct ggml_tensor, ne),
    offsetof(struct ggml_tensor, nb), offsetof(struct ggml_tensor, src),  offsetof(struct ggml_tensor, name),
    sizeof(struct slot),              sizeof(struct capture),             offsetof(struct capture, problem),
};

static struct slot * slot_of(struct capture * capture, enum kind kind, long layer) {
    for (int32_t i = 0; i < capture->n_slots; i++) {
        if (capture->slots[i].kind == (int32_t) kind && capture->slots[i].layer == layer) {
            return &capture->slots[i];
        }
    }
    return NULL;
}

// The slots that a node shows (two at most, since a key and its value meet in one node), and the tensors to read.
static int sources_of(struct capture * capture, const struct ggml_tensor * node, struct slot ** slots, const struct ggml_tensor ** tensors) {
    int found = 0;
    char * rest;
    if (strncmp(node->name, "l_out-", 6) == 0) {
        tensors[0] = node;
        slots[0] = slot_of(capture, RESIDUALS, strtol(node->name + 6, &rest, 10));
        return slots[0] != NULL;
    }
    if (!node->src[0] || !node->src[1] || strncmp(node->src[0]->name, "blk.", 4) != 0) {
        return 0;
    }
    const long layer = strtol(node->src[0]->name + 4, &rest, 10);
    if (strcmp(rest, ".ffn_down.weight") == 0) {
        tensors[found] = node->src[1];
        found += (slots[found] = slot_of(capture, KEYS, layer)) != NULL;
        tensors[found] = node;
        found += (slots[found] = slot_of(capture, VALUES, layer)) != NULL;
    } else if (strcmp(rest, ".ffn_up.weight") == 0) { // present in every gated MLP, fused (phi3) or not
        tensors[0] = node->src[1];
        found = (slots[0] = slot_of(capture, INPUTS, layer)) != NULL;
    }
    return found;
}

static void copy(struct capture * capture, struct slot * slot, const struct ggml_tensor * tensor) {
    if (tensor->type != GGML_TYPE_F32 || tensor->nb[0] != sizeof(float)) {
        snprintf(capture->problem, sizeof capture->problem, "tensor %.63s is not float32", tensor->name);
        return;
    }
    const int64_t left = capture->n_tokens - slot->seen;
    const int64_t tokens = left < capture->n_ubatch ? left : capture->n_ubatch;
    int32_t first = 0;
    while (first < capture->n_wanted && capture->wanted[first] < slot->seen) {
        first++;
    }
    int32_t end = first;
    while (end < capture->n_wanted && capture->wanted[end] < slot->seen + tokens) {
        end++;
    }
    // The last layer is computed for output rows only, and those are the wanted ones.
    const bool whole = tensor->ne[1] == tokens;
    if (!whole && tensor->ne[1] != end - first) {
        snprintf(capture->problem, sizeof capture->problem, "tensor %.63s has an unexpected number of rows", tensor->name);
        return;
    }
    slot->width = tensor->ne[0];
    const size_t bytes = (size_t) slot->width * sizeof(float);
    if (!slot->rows && capture->n_wanted && !(slot->rows = malloc((size_t) capture->n_wanted * bytes))) {
        snprintf(capture->problem, sizeof capture->problem, "no memory for the activations");
        return;
    }
    for (int32_t i = first; i < end; i++) {
        const size_t row = (size_t) (whole ? capture->wanted[i] - slot->seen : i - first);
        capture->read(tensor, slot->rows + slot->kept++ * slot->width, row * tensor->nb[1], bytes);
    }
    slot->seen += tokens;
}

// A ggml_backend_sched_eval_callback; user_data is a struct capture.
EXPORT bool edge_repair_capture_node(struct ggml_tensor * node, bool ask, void * user_data) {
    struct capture * capture = user_data;
    if (!capture->n_slots || capture->problem[0]) {
        return !ask;
    }
    struct slot * slots[2];
    const struct ggml_tensor * tensors[2];
    const int found = sources_of(capture, node, slots, tensors);
    if (ask) {
        return found > 0;
    }
    for (int i = 0; i < found && !capture->problem[0]; i++) {
        copy(capture, slots[i], tensors[i]);
        capture->events++;
    }
    return !(capture->stop && capture->events % capture->n_slots == 0);
}

// Give back the rows of every slot.
EXPORT void edge_repair_capture_release(struct capture * capture) {
    for (int32_t i = 0; i < capture->n_slots; i++) {
        free(capture->slots[i].rows);
        capture->slots[i].rows = NULL;
    }
}
