#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "core/ports/practice_files.hpp"
#include "core/text/json.hpp"

namespace blc::privacy {

// A FHIR R4 resource about one subject, with the bytes that it was read from.
struct Resource {
  std::string id;
  std::string version;  // meta.versionId
  text::Json json;
  std::string bytes;
};

// One resource that has the type and names its subject; the subject's id beside it. An error says what is wrong
// without any value of the resource.
struct Attributed {
  std::string subject;
  Resource resource;
};
[[nodiscard]] std::expected<Attributed, std::string> read_resource(std::string bytes, std::string_view type);

// The practice's registers in one environment: a folder for each type of resource, a *.json file for each resource.
class Registers {
 public:
  Registers(ports::PracticeFiles& files, std::string folder) : files_(files), folder_(std::move(folder)) {}

  // All resources of that type (Consent, CareTeam or Patient) that are about the subject, by their ids. One file that
  // cannot be read spoils the register, for it might be about the subject: the error says what is wrong, names no file.
  [[nodiscard]] std::expected<std::vector<Resource>, std::string> about(std::string_view subject, std::string_view type) const;
  // Every resource of that type with its path, or what is wrong with its file; for who looks after the registers.
  struct File {
    std::string path;
    std::expected<Attributed, std::string> read;
  };
  [[nodiscard]] std::expected<std::vector<File>, std::string> files(std::string_view type) const;
  [[nodiscard]] std::string folder(std::string_view type) const { return folder_ + "/" + std::string(type); }

 private:
  ports::PracticeFiles& files_;
  std::string folder_;
};

}  // namespace blc::privacy
