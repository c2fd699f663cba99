#include "core/verb/template.hpp"

#include <fmt/format.h>

namespace blc::verb {

namespace {

constexpr std::string_view kOutputSuffix = ".stdout";

std::optional<Piece> reference(std::string_view name) {
  if (name == "data") return DataReference{};
  if (name.ends_with(kOutputSuffix)) {
    const auto step = name.substr(0, name.size() - kOutputSuffix.size());
    return is_name(step) ? std::optional<Piece>(OutputReference{std::string(step)}) : std::nullopt;
  }
  return is_name(name) ? std::optional<Piece>(ParameterReference{std::string(name)}) : std::nullopt;
}

}  // namespace

Result<Template> parse_template(const text::Yaml& scalar, const std::string& file) {
  const auto refuse = [&](const std::string& message) {
    return std::unexpected(text::yaml_error(file, scalar.mark, message));
  };
  if (scalar.kind != text::Yaml::Kind::scalar) return refuse(fmt::format("expected text, found {}", found(scalar)));
  Template result{{}, scalar.scalar, scalar.mark};
  std::string literal;
  const auto end_literal = [&] {
    if (!literal.empty()) result.pieces.emplace_back(std::move(literal));
    literal.clear();
  };
  const std::string_view source = scalar.scalar;
  for (std::size_t i = 0; i < source.size();) {
    const auto rest = source.substr(i);
    if (rest.starts_with("$${")) {
      literal += "${";
      i += 3;
    } else if (rest.starts_with("${")) {
      const auto end = rest.find('}');
      if (end == std::string_view::npos) return refuse("expected } after ${, found none ($${ is a plain ${)");
      auto piece = reference(rest.substr(2, end - 2));
      if (!piece)
        return refuse(fmt::format("expected ${{parameter}}, ${{step.stdout}} or ${{data}}, found {}",
                                  text::found(rest.substr(0, end + 1))));
      end_literal();
      result.pieces.push_back(std::move(*piece));
      i += end + 1;
    } else {
      literal += source[i++];
    }
  }
  end_literal();
  return result;
}

}  // namespace blc::verb
