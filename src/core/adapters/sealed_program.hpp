#pragma once
#include <memory>
#include <string>

#include "core/adapters/descriptor.hpp"
#include "core/base/digest.hpp"
#include "core/base/result.hpp"
#include "core/ports/processes.hpp"

namespace blc::adapters {

// A program copied into sealed memory and hashed after the sealing: nothing on disk can change it any more.
class SealedProgram final : public ports::Program {
 public:
  // From /usr/bin, /bin or /usr/local/bin: a regular file, executable, owned by root or this user, not
  // writable for others. Exit::failed otherwise.
  [[nodiscard]] static Result<std::shared_ptr<const SealedProgram>> find(const std::string& name);
  // The file at `path`, under the same conditions.
  [[nodiscard]] static Result<std::shared_ptr<const SealedProgram>> load(const std::string& path);

  [[nodiscard]] const std::string& path() const override { return path_; }
  [[nodiscard]] const Digest& digest() const override { return digest_; }
  [[nodiscard]] const Descriptor& file() const { return file_; }

 private:
  SealedProgram(std::string path, Descriptor file, const Digest& digest)
      : path_(std::move(path)), file_(std::move(file)), digest_(digest) {}

  std::string path_;
  Descriptor file_;
  Digest digest_;
};

}  // namespace blc::adapters
