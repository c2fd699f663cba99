#pragma once
#include <linux/filter.h>

#include <vector>

namespace blc::adapters {

enum class Confined {
  by_namespaces,  // no network, processes or files of others to reach: what is refused is a way out of that
  by_this_filter  // the filter and Landlock are all there is
};

// A seccomp filter (seccomp(2), mode FILTER) that lets ordinary programs work and refuses, with EPERM, the
// kernel's doors to other processes, keys, mounts, modules and devices. Calls of another architecture, x32
// included, kill the program. Throws Broken when libseccomp cannot build it.
[[nodiscard]] std::vector<sock_filter> syscall_filter(Confined confined);

}  // namespace blc::adapters
