#pragma once
#include <memory>
#include <mutex>
#include <string>

#include "core/adapters/isolation.hpp"
#include "core/ports/processes.hpp"

namespace blc::adapters {

// Runs sealed programs in the best isolation that works on this machine, found out by running one. Where none works,
// nothing runs. That bubblewrap works is remembered in a file of the user's, for this boot, bubblewrap and surroundings:
// should it be wrong, programs do not start. May be used from several threads.
class IsolatedProcesses final : public ports::Processes {
 public:
  enum class Choice { best, without_namespaces, none };

  // Without a `memory` path, or where nothing can be written there, every process finds out for itself.
  explicit IsolatedProcesses(Choice choice = Choice::best, std::string memory = {})
      : choice_(choice), memory_(std::move(memory)) {}

  [[nodiscard]] Result<std::shared_ptr<const ports::Program>> find(const std::string& name) override;
  [[nodiscard]] Result<ports::Finished> run(const ports::Launch& launch, std::stop_token stop) override;
  [[nodiscard]] std::string isolation() const override;

 private:
  // Null when no isolation works.
  [[nodiscard]] Isolation* chosen() const;
  [[nodiscard]] bool bubblewrap_works(Isolation& isolation) const;

  Choice choice_;
  std::string memory_;
  mutable std::once_flag once_;
  mutable std::unique_ptr<Isolation> isolation_;
};

}  // namespace blc::adapters
