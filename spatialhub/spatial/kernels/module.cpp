// The module: every kernel file binds what Python calls.
#include "module.hpp"

PYBIND11_MODULE(_kernels, module) {
    module.doc() = "Exact integer kernels of spatialhub.spatial; call them through arrangement.py and snapshot.py.";
    spatialhub::bind_arrangement(module);
    spatialhub::bind_count(module);
    spatialhub::bind_feature_texts(module);
    spatialhub::bind_fragments(module);
    spatialhub::bind_store(module);
}
