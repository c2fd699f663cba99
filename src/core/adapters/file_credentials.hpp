#pragma once
#include <string>

#include "core/ports/credentials.hpp"

namespace blc::adapters {

// Credentials as files, FOLDER/ENVIRONMENT/CLASSIFICATION/NAME, which only their owner may read (mode 0600 or 0400).
// Whoever puts one there says by its place what it is for.
class FileCredentials final : public ports::Credentials {
 public:
  explicit FileCredentials(std::string folder) : folder_(std::move(folder)) {}
  [[nodiscard]] Result<std::optional<Secret>> read(Environment environment, Classification classification,
                                                   const std::string& name) override;

 private:
  std::string folder_;
};

}  // namespace blc::adapters
