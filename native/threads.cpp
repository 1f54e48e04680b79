#include "vlm4j.h"

#include "guard.hpp"

#include "ggml-backend.h"
#include "ggml-cpu.h"

#if defined(__linux__)
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__APPLE__)
#include <pthread/qos.h>
#elif defined(_WIN32)
#include <windows.h>
#endif

// The CPU backend is a loadable module, so its thread-pool functions are found by name and not linked.
struct vlm4j_threads {
    decltype(ggml_threadpool_free) * free_pool;
    ggml_threadpool_t                decode;
    ggml_threadpool_t                batch; // the same pool when both counts are equal
};

vlm4j_threads * vlm4j_threads_create(int32_t n_threads, int32_t n_threads_batch) {
    return vlm4j::guarded<vlm4j_threads *>(nullptr, [&]() -> vlm4j_threads * {
        ggml_backend_dev_t cpu = ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
        if (cpu == nullptr) {
            return nullptr;
        }
        ggml_backend_reg_t reg = ggml_backend_dev_backend_reg(cpu);
        auto * new_pool  = reinterpret_cast<decltype(ggml_threadpool_new) *>(ggml_backend_reg_get_proc_address(reg, "ggml_threadpool_new"));
        auto * free_pool = reinterpret_cast<decltype(ggml_threadpool_free) *>(ggml_backend_reg_get_proc_address(reg, "ggml_threadpool_free"));
        if (new_pool == nullptr || free_pool == nullptr) {
            return nullptr;
        }
        auto pool_of = [&](int32_t n) {
            ggml_threadpool_params params = ggml_threadpool_params_default(n);
            return new_pool(&params);
        };
        ggml_threadpool_t decode = pool_of(n_threads);
        if (decode == nullptr) {
            return nullptr;
        }
        ggml_threadpool_t batch = n_threads == n_threads_batch ? decode : pool_of(n_threads_batch);
        if (batch == nullptr) {
            free_pool(decode);
            return nullptr;
        }
        return new vlm4j_threads{ free_pool, decode, batch };
    });
}

void vlm4j_threads_attach(vlm4j_threads * threads, llama_context * context) {
    llama_attach_threadpool(context, threads->decode, threads->batch);
}

void vlm4j_threads_attach_backend(vlm4j_threads * threads, ggml_backend_t backend) {
    ggml_backend_dev_t device = ggml_backend_get_device(backend);
    if (ggml_backend_dev_type(device) != GGML_BACKEND_DEVICE_TYPE_CPU) {
        return;
    }
    auto * attach = reinterpret_cast<decltype(ggml_backend_cpu_set_threadpool) *>(
        ggml_backend_reg_get_proc_address(ggml_backend_dev_backend_reg(device), "ggml_backend_cpu_set_threadpool"));
    if (attach != nullptr) {
        attach(backend, threads->decode);
    }
}

void vlm4j_threads_free(vlm4j_threads * threads) {
    if (threads == nullptr) {
        return;
    }
    if (threads->batch != threads->decode) {
        threads->free_pool(threads->batch);
    }
    threads->free_pool(threads->decode);
    delete threads;
}

void vlm4j_thread_yields(void) {
#if defined(__linux__)
    // Niceness is the thread's own here, and inherited. A third of the share of who is not nice.
    setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), getpriority(PRIO_PROCESS, 0) + 5);
#elif defined(__APPLE__)
    pthread_set_qos_class_self_np(QOS_CLASS_UTILITY, 0);
#elif defined(_WIN32)
    SetThreadPriority(GetCurrentThread(), THREAD_PRIORITY_BELOW_NORMAL);
#endif
}
