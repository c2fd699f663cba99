// The configuration of one tier, as the options of blc tier validate name it.
#pragma once
#include <string>
#include <vector>

#include "core/tier/configuration.hpp"

namespace blc::cli {

struct TierInputs {
  std::vector<std::string> env_files;
  std::vector<std::string> compose;  // FILE or FILE:SERVICE
  std::vector<std::string> k8s;      // FILE, FILE:WORKLOAD or FILE:WORKLOAD/CONTAINER

  [[nodiscard]] std::size_t size() const { return env_files.size() + compose.size() + k8s.size(); }
  // Where a setting that is missing would be added; empty: the environment of the process.
  [[nodiscard]] std::string place() const;
};

// Merges them in that order. Exit::usage for what cannot be read, and where it is not clear which service or container is
// meant.
[[nodiscard]] Result<> read_inputs(const TierInputs& inputs, const tier::Reading& reading);
// What the process's own environment holds of the application.
void read_environment(const tier::Reading& reading);

}  // namespace blc::cli
