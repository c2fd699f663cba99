#pragma once
#include <optional>
#include <string>

namespace blc::cli {

// The options that every command understands (design "Outer interface"). A verb that declares one of these
// names does not load.
struct Globals {
  std::string environment;
  std::string classification;
  bool clinical = false;
  bool dry_run = false;
  bool approve = false;
  std::string run_id;
  std::string practice;
  std::string store;
  std::string key;
  bool json = false;
  bool no_input = false;
  std::string color = "auto";
  bool quiet = false;
  bool verbose = false;
  bool operator==(const Globals&) const = default;
};

}  // namespace blc::cli
