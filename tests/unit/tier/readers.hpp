// What the tests of the readers of settings have in common.
#pragma once
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/tier/compose.hpp"
#include "core/tier/dotenv.hpp"
#include "core/tier/kubernetes.hpp"

namespace blc::tier {

// Reads into one configuration; values are looked at here only.
class Readers : public testing::Test {
 protected:
  Result<> dotenv(std::string_view text, const std::string& file = "a.env") { return read_dotenv(text, file, reading_); }
  Result<> compose(std::string_view text, const std::string& service = "") {
    Compose compose;
    BLC_CHECK(compose.add(text, "deploy/compose.yaml", service, reading_));
    return compose.read(reading_);
  }
  Result<> k8s(std::string_view text, const std::string& choice = "") {
    Manifests manifests;
    BLC_CHECK(manifests.add(text, "k.yaml", choice));
    return manifests.read(reading_);
  }
  std::string image() {
    const auto& image = configuration_.image();
    if (!image) return "<none>";
    return image->value ? fmt::format("{} ({})", image->value->reveal(), to_string(image->origin)) : "<unseen>";
  }
  std::string value(const std::string& name) {
    const auto* const setting = configuration_.find(name);
    if (setting == nullptr) return "<none>";
    return setting->value ? std::string(setting->value->reveal()) : "<unseen>";
  }
  int line(const std::string& name) { return configuration_.find(name)->origin.line; }
  std::string refused(const Result<>& read) {
    if (read) return "accepted";
    EXPECT_EQ(read.error().code, Exit::usage);
    EXPECT_FALSE(read.error().hint.empty());
    return read.error().message;
  }

  Configuration configuration_;
  std::map<std::string, std::string> files_;
  Variables variables_ = [](const std::string& name) { return name == "FROM_OUTSIDE" ? std::optional<std::string>("outside") : std::nullopt; };
  ReadFile file_ = [this](const std::string& path) -> Result<std::optional<Secret>> {
    if (path.ends_with("/folder")) return fail(Exit::usage, path + " is no regular file", "look");
    if (!files_.contains(path)) return std::nullopt;
    return Secret::copy(files_.at(path));
  };
  Reading reading_{configuration_, variables_, file_, "APP_"};
};

}  // namespace blc::tier
