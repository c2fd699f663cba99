#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/adapters/descriptor.hpp"
#include "core/ports/practice_files.hpp"

namespace blc::adapters {

// A practice on disk, reached only through one descriptor of its root, so that renaming folders meanwhile
// cannot lead elsewhere. Reading never hangs: FIFOs and devices are refused, not waited for.
class DirectoryPractice final : public ports::PracticeFiles {
 public:
  // Exit::usage when there is no such folder.
  [[nodiscard]] static Result<std::unique_ptr<DirectoryPractice>> open(const std::string& root);

  [[nodiscard]] Result<std::optional<std::string>> read(const std::string& path, std::uint64_t limit) override;
  [[nodiscard]] Result<std::optional<std::string>> read_link(const std::string& path) override;
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& folder) override;
  [[nodiscard]] Result<std::vector<std::string>> list_all(const std::string& folder) override;
  [[nodiscard]] Result<std::optional<std::string>> readable_folder(const std::string& path) override;
  // New folders have the mode of the one above them. What governs the practice is never writable:
  // blc.yaml, verbs, policies, .blc, and the practice itself.
  [[nodiscard]] Result<std::string> writable_folder(const std::string& path) override;
  void remove_empty_folder(const std::string& path) override;

 private:
  explicit DirectoryPractice(Descriptor root) : root_(std::move(root)) {}

  // Invalid, with errno ENOENT, when there is none.
  [[nodiscard]] Result<Descriptor> open_beneath(const std::string& path, int flags) const;
  enum class Listed { files, all };
  [[nodiscard]] Result<std::vector<std::string>> listed(const std::string& folder, Listed what);
  [[nodiscard]] Result<> list_into(const std::string& folder, int depth, Listed what, std::vector<std::string>& found);

  Descriptor root_;
};

}  // namespace blc::adapters
