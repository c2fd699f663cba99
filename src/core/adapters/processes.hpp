#pragma once
#include <memory>
#include <mutex>
#include <string>

#include "core/adapters/isolation.hpp"
#include "core/ports/processes.hpp"

namespace blc::adapters {

// Runs sealed programs in the best isolation that works on this machine, found out once by running one.
// Where none works, nothing runs. May be used from several threads.
class IsolatedProcesses final : public ports::Processes {
 public:
  enum class Choice { best, without_namespaces, none };

  explicit IsolatedProcesses(Choice choice = Choice::best) : choice_(choice) {}

  [[nodiscard]] Result<std::shared_ptr<const ports::Program>> find(const std::string& name) override;
  [[nodiscard]] Result<ports::Finished> run(const ports::Launch& launch, std::stop_token stop) override;
  [[nodiscard]] std::string isolation() const override;

 private:
  // Null when no isolation works.
  [[nodiscard]] Isolation* chosen() const;

  Choice choice_;
  mutable std::once_flag once_;
  mutable std::unique_ptr<Isolation> isolation_;
};

}  // namespace blc::adapters
